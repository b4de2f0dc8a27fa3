// Measures programs, booting and idling on all engines in turn, so that what else the host does
// hits all alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/bench_guest.hpp"
#include "cli/bench_programs.hpp"
#include "cli/bench_report.hpp"
#include "cli/bench_setup.hpp"

namespace rvx::cli {

struct BenchPlan {
  std::vector<BenchEngine> engines;
  Placeholders values;
  std::vector<BenchTarget> targets;
  bool is_bare = false;
  unsigned runs = 3;
  uint64_t timeout_ns = 0;  // of one run, and of booting
};

struct BenchEvents {
  std::function<void(const std::string&)> on_progress;  // what happens next
  std::function<void(const BenchReport&)> on_start;     // engines and rows are known
  std::function<void(const BenchRow&)> on_row;          // it is complete
};

// The engines of the plan with their commands as they are started and their versions, and no rows.
[[nodiscard]] Result<BenchReport> describe_engines(const BenchPlan& plan,
                                                   const StopSignals& signals);

// Each fills in `report`, which describe_engines() made, as far as it gets before a signal.
void measure_programs(const BenchPlan& plan, BenchReport& report, const BenchEvents& events,
                      const StopSignals& signals);
void measure_boot(const BenchPlan& plan, BenchReport& report, const BenchEvents& events,
                  const StopSignals& signals);
void measure_idle(const BenchPlan& plan, double seconds, BenchReport& report,
                  const BenchEvents& events, const StopSignals& signals);

// Where the guest's clock and the host's do not agree on how long programs ran: a line for each
// engine.
[[nodiscard]] std::vector<std::string> clock_warnings(const BenchReport& report);

}  // namespace rvx::cli
