// Makes fuzz cases from a seed.
#pragma once

#include <cstdint>

#include "cli/fuzz/program.hpp"

namespace rvx::fuzz {

// Case `number` of `seed`: always the same one.
[[nodiscard]] Case make_case(uint64_t seed, uint64_t number);

}  // namespace rvx::fuzz
