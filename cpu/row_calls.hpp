// The semantic bodies as functions: for instructions that an engine does not run by itself.
#pragma once

#include "cpu/host_ops.hpp"

namespace rvx {

// Runs the body of `op` (which has one, see isa::has_body) at once, every access through the memory
// port. `base` is the virtual address of the page, `insn` as a predecoded op has it. MXCSR is the
// guest's; floating point is on and the rounding mode legal. kDone, kFault or kDevice.
[[nodiscard]] BodyStatus call_row(Hart& hart, isa::Op op, const PreOp& insn, uint64_t base) noexcept;

// The predecoded operands of `insn`, as bodies want them: writes to x0 go to the sink. No handler.
[[nodiscard]] PreOp operands_of(const isa::Insn& insn) noexcept;

}  // namespace rvx
