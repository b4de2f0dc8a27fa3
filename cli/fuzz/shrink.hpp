// Makes a failing case small.
#pragma once

#include <functional>

#include "cli/fuzz/lockstep.hpp"
#include "cli/fuzz/program.hpp"

namespace rvx::fuzz {

// A case that still fails, with as little program, state and events as was found in at most
// `most_runs` runs. `c` fails with `failure`.
[[nodiscard]] Case shrunk(const Case& c, const EnginePair& pair, const Failure& failure,
                          unsigned most_runs);

// How many nodes are left that do something.
[[nodiscard]] size_t live_nodes(const Case& c);

// The whole case for a person: code, state that is not zero, when what happens.
[[nodiscard]] std::string description(const Case& c);
[[nodiscard]] std::string description(const Failure& failure);

}  // namespace rvx::fuzz
