// What is known about floating point at the start of each block, so that loops do not test it again.
#pragma once

#include <cstdint>
#include <vector>

#include "jit/ir.hpp"

namespace rvx::jit {

struct FpFacts {
  uint32_t rounding = 0;     // bits of HartState::rounding_ok that are set
  uint32_t boxed = 0;        // f registers whose upper half is that of a boxed single
  bool is_fs_dirty = false;  // mstatus.FS is Dirty

  [[nodiscard]] bool is_any() const noexcept { return rounding != 0 || boxed != 0 || is_fs_dirty; }
  void meet(const FpFacts& other) noexcept {
    rounding &= other.rounding;
    boxed &= other.boxed;
    is_fs_dirty = is_fs_dirty && other.is_fs_dirty;
  }
  friend bool operator==(const FpFacts&, const FpFacts&) = default;
};

// Whether it needs mstatus.FS to be on.
[[nodiscard]] bool is_fp(const isa::Insn& insn) noexcept;
// The bit of rounding_ok that a floating-point instruction asks for.
[[nodiscard]] unsigned rounding_key(const isa::Insn& insn) noexcept;
// Whether the instruction makes mstatus.FS Dirty.
[[nodiscard]] bool dirties_fs(const Region& region, const IrInsn& insn) noexcept;

// Whether a CSR instruction reads and nothing else.
[[nodiscard]] bool is_csr_read(const isa::Insn& insn) noexcept;
// Whether a CSR instruction leaves FpFacts as they are: one that reads, or writes fflags alone.
[[nodiscard]] bool keeps_fp(const isa::Insn& insn) noexcept;

// By block. Those of a loop's first block hold on every way round the loop; where that block is an entry
// too, the way in must see to them.
[[nodiscard]] std::vector<FpFacts> trace_fp(const Region& region);

}  // namespace rvx::jit
