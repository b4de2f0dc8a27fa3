// Runs random blocks on two machines, and cuts a block that differs down to where it begins to.
#pragma once

#include <cstdint>
#include <string>

#include "tests/vectors/blocks.hpp"
#include "tests/vectors/compare.hpp"

namespace rvx::vectors {

struct BlockOptions {
  unsigned blocks = 2000;
  unsigned states = 16;  // that each block runs on
  uint64_t seed = 1;
  bool is_paged = false;
  unsigned explained = 3;
  std::string driver, scratch;
};

struct BlockVerdict {
  uint64_t runs = 0;
  uint64_t traps = 0;  // runs in which something trapped
  unsigned failures = 0;
};

// Prints what differs.
[[nodiscard]] BlockVerdict compare_blocks(const BlockOptions& options, const isa::IsaConfig& isa,
                                          const BlockLimits& limits, Oracle& ours, Oracle& theirs);

}  // namespace rvx::vectors
