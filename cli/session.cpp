// One run from start to exit status.
#include "cli/session.hpp"

#include <cstdio>
#include <ctime>
#include <memory>

#include <fmt/format.h>

#include "cli/ending.hpp"
#include "cli/messages.hpp"
#include "cli/stop_signals.hpp"
#include "devices/terminal.hpp"
#include "machine/machine.hpp"

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

class Session {
 public:
  explicit Session(const RunPlan& plan) : plan_(plan), terminal_(terminal_options(plan)) {
    terminal_.on_quit = [this] {
      if (machine_ != nullptr) machine_->request_stop();
    };
  }

  // Run until it is over; resets begin anew.
  Result<EndingReport> run() {
    MachineConfig config = plan_.machine;
    while (true) {
      Machine machine(config, terminal_);
      if (Outcome started = machine.start(); !started) return started.error();
      machine_ = &machine;
      Result<Ending> ending = run_once(machine);
      machine_ = nullptr;
      signals_.watch(nullptr);
      terminal_.set_target(nullptr);
      terminal_.flush();
      if (!ending) return ending.error();
      if (ending->kind == Ending::Kind::kReset && plan_.restarts_on_reset && signals_.received() == 0) {
        shrink_limits(machine, config);
        continue;
      }
      return describe_ending(*ending, machine, signals_.received());
    }
  }

 private:
  static TerminalOptions terminal_options(const RunPlan& plan) {
    TerminalOptions options;
    options.raw = plan.raw_terminal;
    return options;
  }

  Result<Ending> run_once(Machine& machine) {
    for (const std::string& line : machine.notes()) warn(line);
    machine.add_poll_source(terminal_);
    machine.on_idle = [this] { terminal_.flush(); };
    terminal_.set_target(&machine.console_input());
    signals_.watch(&machine);
    return machine.run();
  }

  // Limits hold for all incarnations together.
  static void shrink_limits(const Machine& machine, MachineConfig& config) {
    if (config.max_instructions) *config.max_instructions -= std::min(*config.max_instructions, machine.instructions());
  }

  const RunPlan& plan_;
  Terminal terminal_;
  StopSignals signals_;  // after the terminal: see there
  Machine* machine_ = nullptr;
};

}  // namespace

uint64_t process_age_ns() noexcept { return clock_ns(CLOCK_MONOTONIC) - process_start_ns; }

int run_session(const RunPlan& plan) {
  auto session = std::make_unique<Session>(plan);
  const Result<EndingReport> report_of_run = session->run();
  session.reset();  // the terminal is as it was; all output is out
  if (!report_of_run) return report(report_of_run.error());
  for (const std::string& line : report_of_run->lines) fmt::print(stderr, "{}\n", line);
  return report_of_run->status;
}

}  // namespace rvx::cli
