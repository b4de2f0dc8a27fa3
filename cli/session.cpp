// One run from start to exit status.
#include "cli/session.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>

#include <fmt/format.h>

#include "cli/ending.hpp"
#include "cli/guest_command.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/stop_signals.hpp"
#include "devices/terminal.hpp"
#include "machine/event_log.hpp"
#include "machine/machine.hpp"
#include "machine/signature.hpp"
#include "machine/stats.hpp"

namespace rvx::cli {
namespace {

uint64_t clock_ns(clockid_t clock) noexcept {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// Where the time of this process began: what it used of the processor before it came here took at
// least so long.
const uint64_t process_start_ns = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_PROCESS_CPUTIME_ID);

// The name of a file to write, and the file from the start of the run on: a name that cannot be
// written to is told before the guest runs, and no old report outlives a run that was killed.
struct Report {
  std::string_view what;
  std::string path;
  OutputFile file;

  Outcome open() {
    if (path.empty()) return std::monostate{};
    auto opened = open_output(what, path);
    if (!opened) return opened.error();
    file = std::move(*opened);
    return std::monostate{};
  }
  // To stderr where there is no file.
  Outcome write(std::string_view text) {
    std::FILE* out = file == nullptr ? stderr : file.get();
    (void)std::fwrite(text.data(), 1, text.size(), out);
    return close();
  }
  Outcome close() {
    if (file == nullptr) return std::monostate{};
    return close_output(what, path, std::move(file));
  }
};

uint64_t make_nonce(const RunPlan& plan) {
  uint64_t nonce = plan.machine.seed;
  if (plan.machine.time_mode == TimeMode::kRealTime)
    (void)!::getrandom(&nonce, sizeof nonce, GRND_NONBLOCK);
  // FNV-1a, so that the nonce of a deterministic run is not what the command would guess.
  nonce ^= 0xcbf29ce484222325;
  for (const char c : *plan.command)
    nonce = (nonce ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return nonce;
}

GuestCommand::Options command_options(const RunPlan& plan) {
  GuestCommand::Options options;
  options.command = *plan.command;
  options.nonce = make_nonce(plan);
  options.input_is_terminal = ::isatty(0) == 1;
  options.output_is_terminal = ::isatty(1) == 1;
  winsize size{};
  if (options.output_is_terminal && ::ioctl(1, TIOCGWINSZ, &size) == 0) {
    options.rows = size.ws_row;
    options.columns = size.ws_col;
  }
  return options;
}

// The end of a console's text, as much of it as a person would read.
std::string last_lines(std::string text) {
  constexpr size_t kLines = 20;
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  size_t from = text.size();
  for (size_t lines = 0; lines < kLines && from != 0 && from != std::string::npos; ++lines)
    from = text.rfind('\n', from - 1);
  return from == 0 || from == std::string::npos ? text : text.substr(from + 1);
}

TerminalOptions terminal_options(const RunPlan& plan) {
  TerminalOptions options;
  options.raw = plan.raw_terminal;
  return options;
}

// Ends a run whose output nobody reads any more, as SIGPIPE ends other programs.
struct OutputWatch final : PollSource {
  const Terminal& terminal;
  Machine* machine = nullptr;
  bool has_stopped = false;

  explicit OutputWatch(const Terminal& the_terminal) : terminal(the_terminal) {}
  void prepare_poll(std::vector<pollfd>&, int&) override {}
  void finish_poll(const pollfd*, size_t) override {
    if (machine == nullptr || !terminal.is_output_lost()) return;
    has_stopped = true;
    machine->request_stop();
  }
};

class Session {
 public:
  explicit Session(const RunPlan& plan)
      : plan_(plan),
        log_{"the log", plan.log_file, nullptr},
        signature_{"the signature", plan.signature_file, nullptr},
        stats_{"the counters", plan.stats_file, nullptr},
        events_{"the events", plan.events_file, nullptr},
        jit_report_{"the report", plan.jit_report_file == "-" ? "" : plan.jit_report_file, nullptr},
        terminal_(terminal_options(plan)) {
    terminal_.on_quit = [this] {
      if (machine_ != nullptr) machine_->request_stop();
    };
    if (plan.command) {
      command_ = std::make_unique<GuestCommand>(command_options(plan), terminal_);
    }
    terminal_.on_input_end = [this] {
      input_ended_ = true;
      end_input();
    };
  }

  // Run until it is over; resets begin anew.
  Result<EndingReport> run() {
    for (Report* report : {&log_, &signature_, &stats_, &events_, &jit_report_})
      if (Outcome opened = report->open(); !opened) return opened.error();
    MachineConfig config = plan_.machine;
    if (command_ != nullptr) {
      auto archive = command_->archive();
      if (!archive) return archive.error();
      config.initrd_extra = std::move(*archive);
    }
    if (events_.file != nullptr) {
      // Harts that take turns are apart by one of them.
      constexpr uint64_t kLongTurn = 1'000'000;
      event_log_ = std::make_unique<EventLog>(events_.file.get(), config.harts, config.quantum + kLongTurn);
    }
    CharSink& console = command_ != nullptr ? static_cast<CharSink&>(*command_) : terminal_;
    while (true) {
      Machine machine(config, console);
      if (Outcome started = machine.start(); !started) return started.error();
      const Ending ending = run_once(machine);
      const bool restarts = ending.kind == Ending::Kind::kReset && plan_.restarts_on_reset &&
                            command_ == nullptr && signals_.received() == 0;
      if (!restarts) return finish(machine, ending);
      if (event_log_ != nullptr) event_log_->reset();
      ++resets_;
      if (config.max_instructions)
        *config.max_instructions -= std::min(*config.max_instructions, machine.instructions());
      if (config.timeout_ns)
        config.timeout_ns =
            *plan_.machine.timeout_ns -
            std::min(*plan_.machine.timeout_ns, clock_ns(CLOCK_MONOTONIC) - began_ns_);
    }
  }

 private:
  Ending run_once(Machine& machine) {
    if (resets_ == 0)
      for (const std::string& line : machine.notes()) warn(line);
    if (resets_ == 0) tell_forwards(machine);
    machine.add_poll_source(terminal_);
    machine.add_poll_source(output_watch_);
    machine.paces_idle = terminal_.is_interactive() && command_ == nullptr;
    if (command_ != nullptr) command_->set_target(&machine.console_input());
    terminal_.set_target(command_ != nullptr ? static_cast<CharReceiver*>(command_.get())
                                             : &machine.console_input());
    machine.on_console_room = [this] { terminal_.wake(); };
    machine.on_idle = [this] {
      if (command_ != nullptr) command_->pump();
      terminal_.flush();
    };
    CommitLog log(log_options(machine), log_.file == nullptr ? stderr : log_.file.get());
    if (plan_.log_instructions || plan_.log_commits) machine.set_commit_log(&log);
    machine.set_event_log(event_log_.get());
    machine_ = output_watch_.machine = &machine;
    if (input_ended_) end_input();  // before a reset
    signals_.watch(&machine);
    const uint64_t before = clock_ns(CLOCK_MONOTONIC);
    if (resets_ == 0) began_ns_ = before;
    Ending ending = machine.run();
    run_ns_ += clock_ns(CLOCK_MONOTONIC) - before;
    machine_ = output_watch_.machine = nullptr;
    signals_.watch(nullptr);
    terminal_.set_target(nullptr);
    if (command_ != nullptr) command_->set_target(nullptr);
    machine.set_commit_log(nullptr);
    terminal_.flush();
    return ending;
  }

  void end_input() noexcept {
    if (command_ != nullptr) {
      command_->end_input();
    } else if (machine_ != nullptr) {
      machine_->end_console_input();
    }
  }

  // The ports that rvx chose, and all of them for a person who looks.
  void tell_forwards(const Machine& machine) const {
    if (machine.forwards() == nullptr) return;
    const auto is_chosen = [](const PortForward& forward) { return forward.host_port == 0; };
    const auto& asked = plan_.machine.net.forwards;
    if (!stderr_is_terminal() && std::none_of(asked.begin(), asked.end(), is_chosen)) return;
    for (const PortForward& forward : *machine.forwards()) note("forwards " + to_string(forward));
  }

  CommitLogOptions log_options(const Machine& machine) const {
    CommitLogOptions options;
    options.instructions = plan_.log_instructions;
    options.commits = plan_.log_commits;
    options.symbol_at = [&machine](uint64_t pc) -> std::string {
      const auto symbol = machine.images().symbols.symbolise(pc);
      return symbol && symbol->offset == 0 ? std::string(symbol->name) : std::string{};
    };
    return options;
  }

  // Reports that were asked for, and what there is to say.
  Result<EndingReport> finish(Machine& machine, const Ending& ending) {
    EndingReport report = describe_ending(
        ending, machine, plan_.machine, output_watch_.has_stopped ? SIGPIPE : signals_.received());
    if (command_ != nullptr) judge_command(ending, report);
    if (Outcome closed = log_.close(); !closed) return closed.error();
    if (event_log_ != nullptr) event_log_->finish();
    if (Outcome closed = events_.close(); !closed) return closed.error();
    for (const std::string& line : machine.measurements().warnings()) warn(line);
    if (!plan_.signature_file.empty()) {
      auto text = signature_text(machine, plan_.signature_granularity);
      if (!text) return text.error();
      if (Outcome written = signature_.write(*text); !written) return written.error();
    }
    if (plan_.wants_stats) {
      RunFacts facts{ending,  ending_name(ending.kind),    report.status, resets_,
                     run_ns_, began_ns_ - process_start_ns};
      if (Outcome written = stats_.write(stats_json(machine, facts) + "\n"); !written)
        return written.error();
    }
    if (!plan_.jit_report_file.empty()) {
      std::string text;
      for (size_t i = 0; i < machine.hart_count(); ++i) {
        if (machine.hart_count() > 1) text += fmt::format("{}Hart {}\n\n", i == 0 ? "" : "\n", i);
        text += machine.translator(i)->report_text(plan_.jit_report_top, run_ns_, machine.hart(i).s.instret);
      }
      if (plan_.jit_report_file == "-") fmt::print("{}", text);
      else if (Outcome written = jit_report_.write(text); !written) return written.error();
    }
    return report;
  }

  // --exec: an ending without the command's own is a failure, and what the guest said explains it.
  void judge_command(const Ending& ending, EndingReport& report) const {
    const bool is_reset = ending.kind == Ending::Kind::kReset;
    if (is_reset)
      report = {kLimitStatus, {"rvx: the guest was reset before the command had ended"}};
    if (command_->has_ended() || (command_->has_begun() && !is_reset)) return;
    if (report.status == 0)
      report = {kLimitStatus, {"rvx: the guest ended before the command had begun"}};
    if (ending.kind == Ending::Kind::kStopped || command_->withheld().empty()) return;
    report.lines.push_back("rvx: the last lines of the guest's console:\n" +
                           last_lines(command_->withheld()));
  }

  const RunPlan& plan_;
  Report log_, signature_, stats_, events_, jit_report_;
  std::unique_ptr<EventLog> event_log_;
  Terminal terminal_;
  OutputWatch output_watch_{terminal_};
  StopSignals signals_;  // after the terminal: see there
  std::unique_ptr<GuestCommand> command_;
  Machine* machine_ = nullptr;
  bool input_ended_ = false;
  unsigned resets_ = 0;
  uint64_t run_ns_ = 0;    // host time in Machine::run(), of all incarnations
  uint64_t began_ns_ = 0;  // host time of the first instruction
};

}  // namespace

int run_session(const RunPlan& plan) {
  if (plan.dumps_dts || !plan.dtb_file.empty()) return dump_tree(plan);
  auto session = std::make_unique<Session>(plan);
  const Result<EndingReport> result = session->run();
  session.reset();  // the terminal is as it was; all output is out
  if (!result) return report(result.error());
  for (const std::string& line : result->lines) fmt::print(stderr, "{}\n", line);
  return result->status;
}

}  // namespace rvx::cli
