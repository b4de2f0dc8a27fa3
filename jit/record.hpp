// Recording: from the semantic bodies of a region's instructions to IR.
#pragma once

#include "jit/ir.hpp"

namespace rvx::jit {

// Fills region.nodes and each instruction's range of them. Constants are folded on the way, along
// every block and into blocks with a single predecessor.
void record(Region& region);

}  // namespace rvx::jit
