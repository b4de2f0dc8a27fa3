// Bits to instruction and back, by the instruction table.
#pragma once

#include <cstdint>
#include <string>

#include "cpu/isa/insn.hpp"
#include "cpu/isa/isa_config.hpp"

namespace rvx::isa {

// Decode the instruction whose first 16 bits are the low half of `bits` (the upper half matters only
// when the low two bits are 11). Encodings of rows whose extension is off, reserved ones and those
// of 48 bits and more give Op::kIllegal with length 2 or 4 and `bits` set.
[[nodiscard]] Insn decode(uint32_t bits, const IsaConfig& config) noexcept;

// Whether the extensions that a row needs are on; for a compressed row those of its expansion as well.
[[nodiscard]] bool is_enabled(Op row, const IsaConfig& config) noexcept;

// The encoding of `insn` by its `row` (a compressed row gives 16 bits). The inverse of decode();
// of Op::kIllegal, its `bits`.
[[nodiscard]] uint32_t encode(const Insn& insn) noexcept;

// Assembler text as Spike prints it, e.g. "addi    sp, sp, -16", "c.lw    a0, 4(a1)"; branch targets
// as "pc + 12". Numeric (x5) or ABI (t0) register names.
struct DisasmStyle {
  bool abi_names = true;
  bool pseudo = true;  // "li a0, 1", "ret", "mv a0, a1" where Spike does so
};
[[nodiscard]] std::string disassemble(uint32_t bits, const IsaConfig& config, const DisasmStyle& style = {});

// The manual's name of a CSR, or "unknown_" and three hexadecimal digits.
[[nodiscard]] std::string csr_name(unsigned number);

[[nodiscard]] const char* x_name(unsigned index) noexcept;  // ABI name of an integer register
[[nodiscard]] const char* f_name(unsigned index) noexcept;  // ABI name of a floating-point register

}  // namespace rvx::isa
