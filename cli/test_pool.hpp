// Many tests at once, each in a process of its own, so that the end of one is a verdict and no
// more.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "cli/test_case.hpp"
#include "machine/config.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

struct TestPool {
  MachineConfig config;  // of every test
  unsigned jobs = 1;     // processes at a time
  // Called with each result, in the order of the paths.
  std::function<void(const TestResult&)> on_result;
  // Called when results have come: how many, of all.
  std::function<void(size_t done, size_t all)> on_progress;
};

struct PoolOutcome {
  bool is_worker = false;  // this process is a worker: return from main() at once
  int interrupted_by = 0;  // the signal that ended it early, or 0
};

// Runs the programs at `paths`. Forks: in a worker it returns, too, with is_worker set.
[[nodiscard]] Result<PoolOutcome> run_tests(const TestPool& pool,
                                            std::span<const std::string> paths);

}  // namespace rvx::cli
