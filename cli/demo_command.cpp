// rvx demo: what the machine does in less than a minute, with times.
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "cli/boot_defaults.hpp"
#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/guest_command.hpp"
#include "cli/messages.hpp"
#include "cli/software.hpp"
#include "cli/stop_signals.hpp"
#include "machine/machine.hpp"

namespace rvx::cli {
namespace {

constexpr uint64_t kTimeoutNs = 60'000'000'000;

// Shown and run in the guest.
constexpr const char* kCommands[] = {
    "uname -a",
    "grep -m1 isa /proc/cpuinfo",
    "seq 1 20000 | awk '{ s += $1 * $1 } END { print s }'",
    "find /lib/modules/ -name '*.ko' | wc -l",
};

uint64_t host_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

// Guest output, indented.
class IndentedConsole final : public CharSink {
 public:
  void put(const uint8_t* bytes, size_t count) noexcept override {
    for (size_t i = 0; i < count; ++i) {
      if (bytes[i] == '\r') continue;
      if (at_start_) std::fputs("    ", stdout);
      std::putc(bytes[i], stdout);
      at_start_ = bytes[i] == '\n';
    }
    if (at_start_) std::fflush(stdout);
  }

 private:
  bool at_start_ = true;
};

// Notes when the first byte of the command's output came.
class FirstByte final : public CharSink {
 public:
  explicit FirstByte(CharSink& next) : next_(next) {}
  void put(const uint8_t* bytes, size_t count) noexcept override {
    if (when_ns == 0) when_ns = host_ns();
    next_.put(bytes, count);
  }
  uint64_t when_ns = 0;

 private:
  CharSink& next_;
};

struct DemoRun {
  Ending ending;
  EndingReport report;
  uint64_t instructions = 0;
  uint64_t host_ns = 0;

  [[nodiscard]] std::string text() const {
    return fmt::format("{:.0f} million instructions in {:.2f} s, {:.0f} MIPS",
                       static_cast<double>(instructions) / 1e6, seconds(host_ns),
                       static_cast<double>(instructions) / seconds(host_ns) / 1e6);
  }
};

Result<DemoRun> run_machine(const MachineConfig& config, CharSink& console, StopSignals& signals) {
  Machine machine(config, console);
  if (Outcome started = machine.start(); !started) return started.error();
  signals.watch(&machine);
  DemoRun run;
  const uint64_t before = host_ns();
  run.ending = machine.run();
  run.host_ns = host_ns() - before;
  signals.watch(nullptr);
  run.instructions = machine.instructions();
  run.report = describe_ending(run.ending, machine, config, signals.received());
  return run;
}

int fail(const EndingReport& report) {
  for (const std::string& line : report.lines) fmt::print(stderr, "{}\n", line);
  return report.status;
}

// One benchmark program. 0, or the status to end with.
int run_benchmark(const std::string& name, const std::string& path, StopSignals& signals) {
  say(fmt::format("{}: bare metal, {}", name, one_line(path)));
  MachineConfig config;
  config.kernel = path;
  config.arguments = {path};
  config.ram_bytes = 64 * kMiB;
  config.timeout_ns = kTimeoutNs;
  IndentedConsole console;
  const Result<DemoRun> run = run_machine(config, console, signals);
  if (!run) return report(run.error());
  if (run->report.status != 0) return fail(run->report);
  say("  " + run->text());
  return 0;
}

int run_benchmarks(StopSignals& signals) {
  static constexpr std::pair<const char*, const char*> kPrograms[] = {
      {"crunch", "lists, matrices, a scanner"}, {"dhry", "records and strings"}};
  size_t found = 0;
  for (const auto& [name, what] : kPrograms) {
    const std::string path = fmt::format("{}/firmware/{}.elf", program_directory(), name);
    if (::access(path.c_str(), R_OK) != 0) continue;
    ++found;
    if (const int status = run_benchmark(fmt::format("{} ({})", name, what), path, signals);
        status != 0)
      return status;
  }
  if (found != 0) return 0;
  return report(
      usage_error(fmt::format("the benchmark programs are not built; in the source folder: cmake "
                              "--build --preset release --target rvx_guests")));
}

std::string debian_script() {
  std::string script = "set +e\n";
  for (const std::string command : kCommands) {
    std::string quoted = command;
    for (size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 4)
      quoted.replace(at, 1, "'\\''");
    script += fmt::format("echo '$ {}'\n{}\n", quoted, command);
  }
  return script + "exit 0";
}

int boot_debian(StopSignals& signals) {
  if (Outcome fetched = fetch_debian(); !fetched) {
    note("the demo ends before its second part, which boots Debian");
    return report(fetched.error());
  }
  say("Debian: OpenSBI and Debian's own kernel, then a few commands");
  IndentedConsole console;
  FirstByte first(console);
  GuestCommand::Options options;
  options.command = debian_script();
  GuestCommand command(options, first);
  auto archive = command.archive();
  if (!archive) return report(archive.error());
  MachineConfig config = debian_machine(true);
  config.initrd_extra = std::move(*archive);
  config.timeout_ns = kTimeoutNs;
  const uint64_t before = host_ns();
  const Result<DemoRun> run = run_machine(config, command, signals);
  if (!run) return report(run.error());
  if (run->report.status != 0) return fail(run->report);
  say(fmt::format("  {:.2f} s to the first command, {:.2f} s in all; {}",
                  seconds(first.when_ns - before), seconds(host_ns() - before), run->text()));
  return 0;
}

}  // namespace

int demo_command(const Invocation& invocation) {
  if (!invocation.operands.empty())
    return report(usage_error(fmt::format("demo takes no '{}'", invocation.operands.front())));
  StopSignals signals;
  if (const int status = run_benchmarks(signals); status != 0) return status;
  if (invocation.options.has(Flag::kQuick)) return 0;
  return boot_debian(signals);
}

}  // namespace rvx::cli
