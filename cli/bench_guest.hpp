// Where programs are measured: a guest that stays booted and takes orders, or one process for each
// run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench_child.hpp"
#include "cli/bench_report.hpp"

namespace rvx::cli {

// What the guest's runner says of a finished program:
//   bench-done NAME status=0 ns=1234 user_ns=1200 sys_ns=30 checksum=1f2e
struct RunnerAnswer {
  std::string name;
  int status = 0;
  double wall_s = 0, user_s = 0, system_s = 0;
  std::string checksum;  // empty = it printed none ("-")
};
// Nothing for other lines. Unknown keys are skipped; status and ns have to be there.
[[nodiscard]] std::optional<RunnerAnswer> parse_runner_answer(std::string_view line);

// The checksum in a program's output: HEX of its last line `checksum HEX`, or a hash of all lines
// that are not empty, which begins with kOutputHash.
[[nodiscard]] std::string checksum_of_output(std::string_view output);

// A guest with the runner as its first program, on any emulator: its console is the child's stdin
// and stdout.
class BenchGuest {
 public:
  BenchGuest(std::vector<std::string> words, const StopSignals& signals)
      : words_(std::move(words)), signals_(signals) {}

  struct BootTimes {
    double init_s = 0;   // from before exec to the first line of init
    double ready_s = 0;  // ... to the runner's first line
  };
  // Start it anew and wait until the runner takes orders.
  [[nodiscard]] Result<BootTimes> boot(uint64_t timeout_ns);
  // One run of a program; boots first where nothing runs. After a failure of the guest it is gone.
  [[nodiscard]] BenchSample run(const std::string& name, const std::string& arguments,
                                uint64_t timeout_ns);
  // Processor time of the emulator so far, in seconds; 0 when it does not run.
  [[nodiscard]] double processor_s() const { return child_ ? child_->processor_s() : 0; }
  // Asks it to power off, and kills it where that takes long.
  void power_off();

 private:
  // Reads lines until `is_it` likes one; else sets `failure` and ends the guest.
  [[nodiscard]] bool await(uint64_t start_ns, uint64_t timeout_ns,
                           const std::function<bool(std::string_view)>& is_it,
                           std::string& failure);

  std::vector<std::string> words_;
  const StopSignals& signals_;
  std::unique_ptr<BenchChild> child_;
  std::string last_line_;     // of the console
  std::string boot_failure_;  // once it could not boot, nobody tries again
};

// Runs a program as a process of its own and takes its output and times. `joined`: its stderr is
// output, too, as it is in a guest.
[[nodiscard]] BenchSample run_process(const std::vector<std::string>& words, bool joined,
                                      uint64_t timeout_ns, const StopSignals& signals);

}  // namespace rvx::cli
