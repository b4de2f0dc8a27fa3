// Which register file each operand of a row belongs to.
#pragma once

#include <cstdint>
#include <optional>

#include "cpu/isa/insn.hpp"

namespace rvx::isa {

enum class RegFile : uint8_t { kX, kF };  // integer, floating-point

// The register file of each operand that the instruction has. The fourth operand of fused
// multiply-adds is rs3.
struct Roles {
  std::optional<RegFile> rd, rs1, rs2, rs3;
};

// Of a base row (not a compressed one), from the syntax of its format.
[[nodiscard]] Roles roles_of(Op base) noexcept;

}  // namespace rvx::isa
