// Names and classes of the IR's operations.
#include "jit/ir.hpp"

#include <array>

namespace rvx::jit {

const IrOpInfo& info(IrOp op) noexcept {
  static constexpr std::array<IrOpInfo, static_cast<size_t>(IrOp::kCount)> kInfo = {{
#define IR(name, cls) {&#name[1], IrClass::k##cls},
#include "jit/ir_ops.inc"
#undef IR
  }};
  return kInfo[static_cast<size_t>(op)];
}

}  // namespace rvx::jit
