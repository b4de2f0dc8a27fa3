// Runs the points of a lab, each in a child process of this program, several at a time.
#pragma once

#include <functional>
#include <string>

#include "cli/lab/kept_results.hpp"
#include "cli/lab/results.hpp"
#include "cli/stop_signals.hpp"

namespace rvx::cli::lab {

struct RunnerPlan {
  Places places;
  unsigned jobs = 1;
  bool is_fresh = false;  // kept results are not used
  // Called with each finished point, by one thread at a time.
  std::function<void(size_t done, size_t failed)> on_progress;
};

// Fills in `results.points`. A point that fails says so; the others go on. A signal ends all of it early:
// what is left then counts as failed.
[[nodiscard]] Outcome run_points(const RunnerPlan& plan, KeptResults& kept, Results& results, const StopSignals& signals);

}  // namespace rvx::cli::lab
