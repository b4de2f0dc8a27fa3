// A decoded instruction and what the instruction table says of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace rvx::isa {

// Extensions a row can belong to; the order is free, the spelling is the manual's.
enum class Ext : uint8_t {
#define EXTENSION(name, spelled) k##name,
#include "cpu/isa/extensions.inc"
#undef EXTENSION
  kCount
};

// One enumerator for each row of instructions.inc, compressed rows included. kIllegal is what the
// decoder answers for everything that no enabled row matches.
enum class Op : uint16_t {
  kIllegal,
#define INSN(name, pattern, format, ext, cls, lowering, section) name,
#define RVC(name, pattern, format, ext, expansion, section) name,
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
  kCount
};

inline constexpr unsigned kOpCount = static_cast<unsigned>(Op::kCount);

// What an instruction is, as far as engines must know before they run it.
enum class Class : uint8_t {
  kAlu,     // registers in, register out
  kBranch,  // conditional, direct; ends a block
  kJal,     // direct jump; ends a block
  kJalr,    // indirect jump; ends a block
  kLoad,
  kStore,
  kAmo,     // LR, SC and AMOs
  kFp,      // floating-point arithmetic, moves, conversions: traps when mstatus.FS is off
  kFpLoad,
  kFpStore,
  kFence,   // orders memory, changes no register
  kCsr,     // ends a block
  kSystem,  // everything else that can change mode, mapping or what runs next; ends a block
};

// Whether rs1 is an address of memory.
constexpr bool is_memory(Class c) {
  return c == Class::kLoad || c == Class::kStore || c == Class::kFpLoad || c == Class::kFpStore || c == Class::kAmo;
}

// Whether the JIT records the body (inline) or generated code calls the interpreter's (call).
enum class Lowering : uint8_t { kInline, kCall };

// How operands are laid out in the encoding: formats.inc.
enum class Format : uint8_t {
#define FORMAT(name, syntax, layout) k##name,
#include "cpu/isa/formats.inc"
#undef FORMAT
  kCount
};

// A decoded instruction. Compressed instructions are expanded: `op` is the base row, `row` the
// compressed one. Fields a format does not have are zero.
//
// imm holds, by format: the sign-extended immediate (U formats: already shifted left by 12); the
// shift amount; the CSR number (rs1 is then the register or the 5-bit immediate); for AMO, LR and
// SC aq << 1 | rl; for floating point the rounding-mode field, and for the four-operand fused
// multiply-adds rm | rs3 << 3; for fence fm << 8 | pred << 4 | succ.
struct Insn {
  Op op = Op::kIllegal;
  Op row = Op::kIllegal;  // the row that matched (differs from `op` for compressed ones)
  uint8_t rd = 0;
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  uint8_t length = 0;  // bytes: 2 or 4
  int32_t imm = 0;
  uint32_t bits = 0;  // the encoding as fetched; the upper half is zero for 2-byte instructions
};

// An event for whoever observes the machine: SLTU with rd = x0, "HINT Instructions" for custom use.
[[nodiscard]] constexpr bool is_event(const Insn& insn) noexcept { return insn.op == Op::sltu && insn.rd == 0; }

struct OpInfo {
  std::string_view name;  // assembler mnemonic: "addi", "fadd.d", "c.lwsp"
  uint32_t match;         // fixed bits
  uint32_t mask;          // which bits are fixed
  Format format;
  Ext ext;
  Class cls;
  Lowering lowering;
  uint8_t length;             // bytes
  Op expansion;               // compressed rows: the base row; otherwise the row itself
  std::string_view section;   // title of the manual's section
};

[[nodiscard]] const OpInfo& info(Op op) noexcept;

}  // namespace rvx::isa
