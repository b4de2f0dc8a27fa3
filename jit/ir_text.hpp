// The IR as text, for reports and for whoever debugs a pass.
#pragma once

#include <string>
#include <vector>

#include "jit/ir.hpp"

namespace rvx::jit {

// What the instruction does, one line for each effect: "a0 = Add(a0, -16)".
[[nodiscard]] std::vector<std::string> ir_text(const Region& region, const IrInsn& insn);

}  // namespace rvx::jit
