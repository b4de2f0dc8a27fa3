// Loops and functions within a region: how often its blocks run, which belong together, and where returns lead.
#pragma once

#include "jit/ir.hpp"

namespace rvx::jit {

// Fills in Region::zones, IrBlock::zone and loop_depth, and where returns are likely to lead, and puts the blocks in the
// order of their code. Reads how blocks end, the places they lead to and IrBlock::behind; the head is the first block.
void find_loops(Region& region);

}  // namespace rvx::jit
