// Runs a case on two engines side by side and compares them wherever they stop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/fuzz/coverage.hpp"
#include "cli/fuzz/engines.hpp"
#include "cli/fuzz/program.hpp"

namespace rvx::fuzz {

struct EnginePair {
  EngineChoice first;
  EngineChoice second;
};

struct Failure {
  std::string crash;  // an engine crashed or hung, and how: then the rest says nothing
  uint64_t from = 0;              // equal after so many instructions,
  uint64_t to = 0;                // different when run to here
  std::optional<uint64_t> swept;  // sweeps: where the interrupt came
  std::vector<std::string> differences;
};

struct RunResult {
  uint64_t instructions = 0;
  std::optional<Failure> failure;
};

// Runs the whole case; a sweep many times. Counts what happened into `coverage` if that is not
// null.
[[nodiscard]] RunResult run_case(const Case& c, const EnginePair& pair, Coverage* coverage);

// The same in a process of its own with a limit of processor time, so that an engine's crash is a
// failure of the case.
[[nodiscard]] RunResult run_case_apart(const Case& c, const EnginePair& pair, unsigned seconds);

// Where `failure` can be seen first when the last slice is shortened, with the differences there. In
// a process of its own.
[[nodiscard]] Failure narrowed(const Case& c, const EnginePair& pair, const Failure& failure);

// Whether the manual leaves open what came of the case: before the failure shows, an instruction runs that was changed
// since the last FENCE.I ("Zifencei"), by a stray store as a rule. Both engines may be right. In a process of its own.
[[nodiscard]] bool is_left_open(const Case& c, const Failure& failure);

// Which rows of the instruction table a case executes: runs it on its own.
void observe(const Case& c, Coverage& coverage);

}  // namespace rvx::fuzz
