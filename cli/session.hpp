// One run from start to exit status: console, signals, logs, resets, reports.
#pragma once

#include "cli/run_plan.hpp"

namespace rvx::cli {

// Runs what the plan describes and returns rvx's exit status. All that there is to say is on stderr.
[[nodiscard]] int run_session(const RunPlan& plan);

// Host nanoseconds since the process began, as good as they are known.
[[nodiscard]] uint64_t process_age_ns() noexcept;

}  // namespace rvx::cli
