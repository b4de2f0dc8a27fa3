// Modelled TLBs and caches that fuzz programs run on: small ones, so that they lose entries often.
#pragma once

#include "cli/fuzz/program.hpp"
#include "mmu/model/model_config.hpp"

namespace rvx::fuzz {

// The model that a case has, the same for whoever runs it. All replacement policies occur, few and many ways, second
// levels and none, from no to 16 bits of ASIDs.
[[nodiscard]] ModelConfig model_for(const Case& c);

}  // namespace rvx::fuzz
