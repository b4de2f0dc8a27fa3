// rvx bench: programs measured on rvx's engines, QEMU, other emulators and natively.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/bench_json.hpp"
#include "cli/bench_measure.hpp"
#include "cli/bench_plot.hpp"
#include "cli/bench_programs.hpp"
#include "cli/bench_setup.hpp"
#include "cli/bench_table.hpp"
#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/help.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/software.hpp"
#include "cli/values.hpp"
#include "machine/byte_size.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli {
namespace {

constexpr uint64_t kMemoryBytes = kGiB;
constexpr uint64_t kTimeoutNs = 300'000'000'000;
constexpr unsigned kRuns = 3;
constexpr int kWrongStatus = 1;

enum class What : uint8_t { kPrograms, kBoot, kIdle };

struct Request {
  What what = What::kPrograms;
  BenchSelection selection;
  BenchMachine machine;
  BenchPlan plan;
  double idle_s = 0;
};

Outcome read_numbers(const OptionValues& options, Request& request) {
  struct Row {
    Flag flag;
    uint64_t low, high;
    uint64_t* value;
  };
  uint64_t runs = kRuns, scale = 0;
  const Row rows[] = {{Flag::kRuns, 1, 1000, &runs}, {Flag::kScale, 1, 1000, &scale}};
  for (const Row& row : rows) {
    const std::string* text = options.last(row.flag);
    if (text == nullptr) continue;
    auto value = parse_number(spelling(row.flag), *text, row.low, row.high);
    if (!value) return value.error();
    *row.value = *value;
  }
  request.plan.runs = static_cast<unsigned>(runs);
  if (scale != 0) request.selection.argument = fmt::format("{}", scale);
  request.plan.timeout_ns = kTimeoutNs;
  if (const std::string* text = options.last(Flag::kRunTimeout)) {
    auto ns = parse_seconds("--timeout", *text);
    if (!ns) return ns.error();
    request.plan.timeout_ns = *ns;
  }
  if (const std::string* text = options.last(Flag::kIdle)) {
    auto ns = parse_seconds("--idle", *text);
    if (!ns) return ns.error();
    request.idle_s = static_cast<double>(*ns) / 1e9;
  }
  return std::monostate{};
}

Outcome read_machine(const OptionValues& options, BenchMachine& machine) {
  machine.memory_bytes = kMemoryBytes;
  if (const std::string* text = options.last(Flag::kMemory)) {
    auto bytes = parse_memory("-m", *text);
    if (!bytes) return bytes.error();
    machine.memory_bytes = *bytes;
  }
  if (const std::string* text = options.last(Flag::kHarts)) {
    auto harts = parse_harts("-smp", *text);
    if (!harts) return harts.error();
    machine.harts = *harts;
  }
  if (const std::string* file = options.last(Flag::kKernel)) machine.kernel = *file;
  if (const std::string* file = options.last(Flag::kInitrd)) machine.initrd = *file;
  machine.append = join_appended(options);
  return std::monostate{};
}

Outcome check_group(const std::string& group) {
  const std::string words = fmt::format("|{}|", option_row(Flag::kGroup).value);
  if (words.find("|" + group + "|") != std::string::npos) return std::monostate{};
  return usage_error(fmt::format("--group {}: there are user, libc, os, pair and all", group));
}

Outcome read_what(const Invocation& invocation, Request& request) {
  const OptionValues& options = invocation.options;
  const bool has[] = {options.has(Flag::kBare), options.has(Flag::kBootTime),
                      options.has(Flag::kIdle)};
  if (std::count(std::begin(has), std::end(has), true) > 1)
    return usage_error("--bare, --boot and --idle exclude each other; give one at a time");
  request.what = has[1] ? What::kBoot : has[2] ? What::kIdle : What::kPrograms;
  if (request.what != What::kPrograms && !invocation.operands.empty())
    return usage_error(fmt::format("{} measures no programs; leave '{}' away",
                                   has[1] ? "--boot" : "--idle", invocation.operands.front()));
  BenchSelection& selection = request.selection;
  selection.operands = invocation.operands;
  selection.is_bare = has[0];
  if (const std::string* file = options.last(Flag::kNative)) selection.native = *file;
  if (const std::string* group = options.last(Flag::kGroup)) {
    if (Outcome known = check_group(*group); !known) return known;
    selection.group = *group;
    if (!invocation.operands.empty())
      return usage_error("--group is for when no program is named; leave one of them away");
  }
  const std::string* directory = options.last(Flag::kPrograms);
  selection.directory = directory != nullptr ? *directory : program_directory() + "/bench";
  request.machine.directory = selection.directory;
  return std::monostate{};
}

Result<Request> read_request(const Invocation& invocation) {
  Request request;
  if (Outcome done = read_what(invocation, request); !done) return done.error();
  if (Outcome done = read_numbers(invocation.options, request); !done) return done.error();
  if (Outcome done = read_machine(invocation.options, request.machine); !done) return done.error();
  return request;
}

// Programs, engines and all that their commands name.
Outcome prepare(const OptionValues& options, Request& request) {
  BenchPlan& plan = request.plan;
  if (request.what == What::kPrograms) {
    auto targets = select_programs(request.selection);
    if (!targets) return targets.error();
    plan.targets = std::move(*targets);
  }
  plan.is_bare = request.selection.is_bare;
  std::vector<std::string> skipped;
  auto engines = choose_engines(options, plan.is_bare, skipped);
  if (!engines) return engines.error();
  plan.engines = std::move(*engines);
  // Where nothing has a native twin, or nothing could, a column would be empty.
  const bool has_native =
      std::any_of(plan.targets.begin(), plan.targets.end(),
                  [](const BenchTarget& one) { return !one.native_file.empty(); });
  if (!has_native) {
    std::erase_if(plan.engines,
                  [](const BenchEngine& one) { return one.kind == BenchKind::kNative; });
    if (request.what == What::kPrograms) skipped.emplace_back("native: there is no native twin");
  }
  for (const std::string& line : skipped) note(line + "; skipped");
  if (plan.engines.empty()) return usage_error("there is nothing to measure");
  if (plan.is_bare) {
    plan.values = bare_placeholders(request.machine);
    return std::monostate{};
  }
  const auto archive = archive_of(plan.targets);
  if (!archive) return archive.error();
  auto values = linux_placeholders(request.machine, plan.engines, *archive);
  if (!values) return values.error();
  plan.values = std::move(*values);
  return std::monostate{};
}

// --- Facts
// ----------------------------------------------------------------------------------------

// What stands behind "KEY :" in a file of /proc, the first time.
std::string proc_value(const char* path, std::string_view key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(key)) continue;
    const size_t start = line.find_first_not_of(' ', colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return {};
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string kernel_release(const BenchMachine& machine) {
  return machine.kernel.empty() ? first_line(debian_directory() + "/kernel-release")
                                : machine.kernel;
}

void describe(const Request& request, BenchReport& report) {
  static constexpr const char* kWhat[] = {"linux", "boot", "idle"};
  const BenchPlan& plan = request.plan;
  report.what = plan.is_bare ? "bare" : kWhat[static_cast<size_t>(request.what)];
  report.unit = request.what == What::kIdle ? "%" : "s";

  utsname host{};
  (void)::uname(&host);
  const std::time_t now = std::time(nullptr);
  char date[32] = "";
  std::tm local{};
  if (::localtime_r(&now, &local) != nullptr)
    (void)std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S%z", &local);
  std::string version = version_text(false);
  version.pop_back();
  const std::string& scale = request.selection.argument;
  auto& facts = report.facts;
  facts = {{"date", date},
           {"rvx", version},
           {"host_processor", proc_value("/proc/cpuinfo", "model name")},
           {"host_processors", fmt::format("{}", std::thread::hardware_concurrency())},
           {"host_kernel", host.release},
           {"host_load_before", first_line("/proc/loadavg")},
           {"runs", fmt::format("{}", plan.runs)},
           {"scale_percent", scale.empty() ? "100" : scale}};
  const BenchMachine& machine = request.machine;
  facts.emplace_back("memory", plan.values.at("memory"));
  facts.emplace_back("harts", fmt::format("{}", plan.is_bare ? 1 : machine.harts));
  const std::string runs =
      fmt::format("medians of {} run{}", plan.runs, plan.runs == 1 ? "" : "s in turn");
  if (plan.is_bare) {
    report.title = fmt::format("bare machine, {}, ± half of the range", runs);
    return;
  }
  facts.emplace_back("guest_kernel", kernel_release(machine));
  facts.emplace_back("append", plan.values.at("append"));
  const std::string where =
      fmt::format("Linux {}, {} hart{}, {}", kernel_release(machine), machine.harts,
                  machine.harts == 1 ? "" : "s", byte_size_text(machine.memory_bytes));
  switch (request.what) {
    case What::kPrograms:
      report.title = fmt::format("inside {}; {}, ± half of the range", where, runs);
      break;
    case What::kBoot: report.title = fmt::format("booting {}; {}", where, runs); break;
    case What::kIdle:
      report.title = fmt::format("{} waiting for {:g} s; share of a host core, {}", where,
                                 request.idle_s, runs);
  }
}

// --- Showing
// --------------------------------------------------------------------------------------

void clear_progress() {
  if (stderr_is_terminal()) fmt::print(stderr, "\r\x1b[K");
}

BenchEvents events_for(BenchReport& report) {
  BenchEvents events;
  events.on_start = [](const BenchReport& started) {
    clear_progress();
    fmt::print("{}", table_head(started));
    std::fflush(stdout);
  };
  events.on_progress = [](const std::string& what) {
    if (stderr_is_terminal()) fmt::print(stderr, "\r\x1b[K{}", one_line(what));
  };
  events.on_row = [&report](const BenchRow& row) {
    clear_progress();
    fmt::print("{}", table_row(report, row));
    std::fflush(stdout);
  };
  return events;
}

Outcome write_files(const OptionValues& options, const BenchReport& report) {
  if (const std::string* path = options.last(Flag::kReportJson))
    if (Outcome done = write_output("the report", *path, json_of(report)); !done) return done;
  if (const std::string* path = options.last(Flag::kSvg))
    if (Outcome done = write_output("the chart", *path, svg_of(report)); !done) return done;
  return std::monostate{};
}

// The files, and the status that the results deserve.
int conclude(const OptionValues& options, const BenchReport& report) {
  if (Outcome written = write_files(options, report); !written)
    return rvx::cli::report(written.error());
  return problems_of(report).empty() ? 0 : kWrongStatus;
}

int list_programs(const OptionValues& options) {
  const std::string* directory = options.last(Flag::kPrograms);
  const auto programs =
      known_programs(directory != nullptr ? *directory : program_directory() + "/bench");
  if (!programs) return report(programs.error());
  const std::string* group = options.last(Flag::kGroup);
  if (group != nullptr) {
    if (Outcome known = check_group(*group); !known) return report(known.error());
  }
  for (const BenchProgram& one : *programs) {
    if (group != nullptr && *group != "all" && *group != one.group) continue;
    fmt::print("{:<14} {:<5} {}{}\n", one.name, one.group, one.description,
               one.in_mean ? "" : " (not in the mean)");
  }
  return 0;
}

int show_again(const OptionValues& options, const std::string& path) {
  const auto file = FileBytes::open(path);
  if (!file) return report(file.error());
  const auto bytes = (*file)->bytes();
  const auto read =
      report_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
  if (!read) return report(read.error());
  fmt::print("{}", table_text(*read));
  return conclude(options, *read);
}

// Files that cannot be written are found before the hours, not after.
Outcome try_files(const OptionValues& options) {
  for (const Flag flag : {Flag::kReportJson, Flag::kSvg}) {
    const std::string* path = options.last(flag);
    if (path == nullptr) continue;
    const bool was_there = ::access(path->c_str(), F_OK) == 0;
    std::FILE* file = std::fopen(path->c_str(), "ae");  // keeps what an earlier run wrote
    if (file == nullptr)
      return usage_error(
          fmt::format("cannot write a report to {}: {}", *path, std::strerror(errno)));
    std::fclose(file);
    if (!was_there) (void)::unlink(path->c_str());
  }
  return std::monostate{};
}

}  // namespace

int bench_command(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  if (options.has(Flag::kList)) return list_programs(options);
  if (const std::string* path = options.last(Flag::kFrom)) return show_again(options, *path);
  auto request = read_request(invocation);
  if (!request) return report(request.error());
  if (Outcome done = prepare(options, *request); !done) return report(done.error());
  if (Outcome done = try_files(options); !done) return report(done.error());

  const StopSignals signals;
  // A guest that has died closes its pipe; what we write there then is no reason to die.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  (void)::sigaction(SIGPIPE, &ignore, nullptr);
  auto measured = describe_engines(request->plan, signals);
  if (!measured) return report(measured.error());
  describe(*request, *measured);
  const BenchEvents events = events_for(*measured);
  switch (request->what) {
    case What::kPrograms: measure_programs(request->plan, *measured, events, signals); break;
    case What::kBoot: measure_boot(request->plan, *measured, events, signals); break;
    case What::kIdle:
      measure_idle(request->plan, request->idle_s, *measured, events, signals);
      break;
  }
  clear_progress();
  if (signals.received() != 0) return kSignalStatus + signals.received();
  fmt::print("{}", table_foot(*measured));
  std::fflush(stdout);
  for (const std::string& line : clock_warnings(*measured)) warn(line);
  return conclude(options, *measured);
}

}  // namespace rvx::cli
