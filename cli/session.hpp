// One run from start to exit status: console, signals, logs, resets, reports.
#pragma once

#include "cli/run_plan.hpp"

namespace rvx::cli {

// Runs what the plan describes and returns rvx's exit status. All that there is to say is on
// stderr.
[[nodiscard]] int run_session(const RunPlan& plan);

// The device tree that the plan's guest would get, instead of a run: source to stdout, or a blob to
// the file that the plan names. Returns the exit status.
[[nodiscard]] int dump_tree(const RunPlan& plan);

}  // namespace rvx::cli
