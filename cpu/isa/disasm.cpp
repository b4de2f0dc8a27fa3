// Disassembler: the format's syntax filled in, and the pseudo-instructions of the assembler.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cpu/isa/decode.hpp"
#include "cpu/isa/operands.hpp"

namespace rvx::isa {
namespace {

// clang-format off
constexpr std::array<const char*, 32> kAbiX = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
    "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr std::array<const char*, 32> kAbiF = {
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
    "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
    "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7",
    "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

// Zfa, "Load-Immediate Instructions"; min depends on the format.
constexpr std::array<const char*, 32> kFliConstants = {
    "-1.0", "min", "1.52587890625e-05", "3.0517578125e-05", "0.00390625", "0.0078125", "0.0625", "0.125",
    "0.25", "0.3125", "0.375", "0.4375", "0.5", "0.625", "0.75", "0.875",
    "1.0", "1.25", "1.5", "1.75", "2.0", "2.5", "3.0", "4.0",
    "8.0", "16.0", "128.0", "256.0", "32768.0", "65536.0", "inf", "nan"};
// clang-format on

// Another name for a row whose operands have certain values; the first that fits is printed.
constexpr int32_t kAny = INT32_MIN;
struct Pseudo {
  const char* name;
  Op row;
  int32_t rd, rs1, rs2, imm;
  const char* syntax;
};
constexpr Pseudo kPseudos[] = {
    {"nop", Op::addi, 0, 0, kAny, 0, ""},
    {"li", Op::addi, kAny, 0, kAny, kAny, "rd, imm"},
    {"mv", Op::addi, kAny, kAny, kAny, 0, "rd, rs1"},
    {"sext.w", Op::addiw, kAny, kAny, kAny, 0, "rd, rs1"},
    {"seqz", Op::sltiu, kAny, kAny, kAny, 1, "rd, rs1"},
    {"snez", Op::sltu, kAny, 0, kAny, kAny, "rd, rs2"},
    {"not", Op::xori, kAny, kAny, kAny, -1, "rd, rs1"},
    {"zext.w", Op::add_uw, kAny, kAny, 0, kAny, "rd, rs1"},
    {"beqz", Op::beq, kAny, kAny, 0, kAny, "rs1, target"},
    {"bnez", Op::bne, kAny, kAny, 0, kAny, "rs1, target"},
    {"bltz", Op::blt, kAny, kAny, 0, kAny, "rs1, target"},
    {"bgez", Op::bge, kAny, kAny, 0, kAny, "rs1, target"},
    {"j", Op::jal, 0, kAny, kAny, kAny, "xtarget"},
    {"jal", Op::jal, 1, kAny, kAny, kAny, "xtarget"},
    {"ret", Op::jalr, 0, 1, kAny, 0, ""},
    {"jr", Op::jalr, 0, kAny, kAny, 0, "rs1"},
    {"jalr", Op::jalr, 1, kAny, kAny, 0, "rs1"},
    {"fence.tso", Op::fence, kAny, kAny, kAny, 0x833, ""},
    {"unimp", Op::csrrw, 0, 0, kAny, 0xc00, ""},
    {"csrr", Op::csrrs, kAny, 0, kAny, kAny, "rd, csr"},
    {"csrw", Op::csrrw, 0, kAny, kAny, kAny, "csr, rs1"},
    {"csrs", Op::csrrs, 0, kAny, kAny, kAny, "csr, rs1"},
    {"csrc", Op::csrrc, 0, kAny, kAny, kAny, "csr, rs1"},
    {"csrwi", Op::csrrwi, 0, kAny, kAny, kAny, "csr, zimm"},
    {"csrsi", Op::csrrsi, 0, kAny, kAny, kAny, "csr, zimm"},
    {"csrci", Op::csrrci, 0, kAny, kAny, kAny, "csr, zimm"},
    {"c.nop", Op::c_nop, kAny, kAny, kAny, 0, ""},
    {"c.addi", Op::c_nop, kAny, kAny, kAny, kAny, "rd, imm"},
    {"c.ret", Op::c_jr, kAny, 1, kAny, kAny, ""},
};

const Pseudo* find_pseudo(const Insn& insn) {
  const auto fits = [](int32_t wanted, int32_t value) { return wanted == kAny || wanted == value; };
  const auto* const it =
      std::find_if(std::begin(kPseudos), std::end(kPseudos), [&](const Pseudo& pseudo) {
        return pseudo.row == insn.row && fits(pseudo.rd, insn.rd) && fits(pseudo.rs1, insn.rs1) &&
               fits(pseudo.rs2, insn.rs2) && fits(pseudo.imm, insn.imm);
      });
  return it == std::end(kPseudos) ? nullptr : it;
}

std::string hex(uint32_t value) {
  std::array<char, 8> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return std::string(digits.data(), end);
}

std::string pc_relative(int32_t offset, bool in_hex) {
  const auto distance = static_cast<uint32_t>(std::abs(offset));
  return (offset < 0 ? "pc - " : "pc + ") +
         (in_hex ? "0x" + hex(distance) : std::to_string(distance));
}

// The sets of a fence: iorw,iorw
std::string order(int32_t imm) {
  const auto set = [](int32_t bits) {
    std::string letters;
    for (int i = 0; i < 4; ++i) {
      if (bits & (8 >> i)) letters += "iorw"[i];
    }
    return letters.empty() ? "0" : letters;
  };
  return set(imm >> 4) + "," + set(imm);
}

std::string operand(std::string_view word, const Insn& insn, const DisasmStyle& style) {
  const auto x = [&style](unsigned n) {
    return style.abi_names ? x_name(n) : "x" + std::to_string(n);
  };
  const auto f = [&style](unsigned n) {
    return style.abi_names ? f_name(n) : "f" + std::to_string(n);
  };
  if (word == "rd") return x(insn.rd);
  if (word == "rs1") return x(insn.rs1);
  if (word == "rs2") return x(insn.rs2);
  if (word == "fd") return f(insn.rd);
  if (word == "fs1") return f(insn.rs1);
  if (word == "fs2") return f(insn.rs2);
  if (word == "fs3") return f(static_cast<unsigned>(insn.imm) >> 3);
  if (word == "imm") return std::to_string(insn.imm);
  if (word == "imm20") return "0x" + hex(static_cast<uint32_t>(insn.imm) >> 12);
  if (word == "target") return pc_relative(insn.imm, false);
  if (word == "xtarget") return pc_relative(insn.imm, true);
  if (word == "csr") return csr_name(static_cast<unsigned>(insn.imm));
  if (word == "zimm") return std::to_string(insn.rs1);
  if (word == "order") return order(insn.imm);
  if (word == "constant") return kFliConstants[insn.rs1];
  return std::string(word);
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string operands(std::string_view syntax, const Insn& insn, const DisasmStyle& style) {
  std::string text;
  while (!syntax.empty()) {
    const auto end = std::find_if_not(syntax.begin(), syntax.end(), is_letter_or_digit);
    const auto size = static_cast<size_t>(end - syntax.begin());
    if (size == 0) {
      text += syntax[0];
      syntax.remove_prefix(1);
    } else {
      text += operand(syntax.substr(0, size), insn, style);
      syntax.remove_prefix(size);
    }
  }
  return text;
}

std::string mnemonic(const Insn& insn) {
  constexpr std::array<const char*, 4> kOrdering = {"", ".rl", ".aq", ".aqrl"};
  std::string name(info(insn.row).name);
  if (info(insn.row).cls == Class::kAmo) name += kOrdering[insn.imm & 3];
  return name;
}

}  // namespace

const char* x_name(unsigned index) noexcept { return kAbiX[index & 31]; }
const char* f_name(unsigned index) noexcept { return kAbiF[index & 31]; }

std::string csr_name(unsigned number) {
  switch (number) {
#define CSR_NAME(number, name) \
  case number:                 \
    return #name;
#define CSR_NAMES(first, last, name, index)
#include "cpu/isa/csr_names.inc"
#undef CSR_NAME
#undef CSR_NAMES
    default: break;
  }
#define CSR_NAME(number, name)
#define CSR_NAMES(first, last, name, index)  \
  if (number >= (first) && number <= (last)) \
    return #name + std::to_string(number - (first) + (index));
#include "cpu/isa/csr_names.inc"
#undef CSR_NAME
#undef CSR_NAMES
  const std::string digits = hex(number);
  return "unknown_" + std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
}

std::string disassemble(uint32_t bits, const IsaConfig& config, const DisasmStyle& style) {
  const Insn insn = decode(bits, config);
  if (insn.row == Op::kIllegal) return insn.length == 2 && insn.bits == 0 ? "c.unimp" : "unknown";
  const Pseudo* const pseudo = style.pseudo ? find_pseudo(insn) : nullptr;
  std::string text = pseudo != nullptr ? pseudo->name : mnemonic(insn);
  const std::string_view syntax =
      pseudo != nullptr ? pseudo->syntax : info(info(insn.row).format).syntax;
  if (syntax.empty()) return text;
  text.resize(std::max<size_t>(8, text.size() + 1), ' ');
  return text + operands(syntax, insn, style);
}

}  // namespace rvx::isa
