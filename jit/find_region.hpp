// Which guest code becomes a region: blocks of one page that have run, around a hot one.
#pragma once

#include <cstdint>
#include <functional>

#include "cpu/isa/isa_config.hpp"
#include "jit/ir.hpp"

namespace rvx::jit {

struct RegionSource {
  const uint8_t* page;    // the page's bytes
  uint64_t physical;      // its address
  uint16_t head;          // offset of the hot block
  const isa::IsaConfig* isa;
  // Whether a block that starts at this offset has run before. Others stay outside.
  std::function<bool(uint16_t offset)> has_run;
  // Where the indirect jump at `jump`, in the block at `block`, led the last time, as an offset in the page;
  // -1: elsewhere, or not known.
  std::function<int64_t(uint16_t block, uint16_t jump)> last_target = [](uint16_t, uint16_t) { return int64_t{-1}; };
};

// Blocks and instructions, without IR. Empty: nothing can be translated there.
[[nodiscard]] Region find_region(const RegionSource& source);

}  // namespace rvx::jit
