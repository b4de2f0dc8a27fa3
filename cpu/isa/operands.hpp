// Operand layouts: where the fields of each format stand in an encoding, read from formats.inc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cpu/isa/insn.hpp"

namespace rvx::isa {

enum class Operand : uint8_t { kRd, kRs1, kRs2, kImm };
inline constexpr size_t kOperandCount = 4;

// Bits [from + width - 1 : from] of the encoding are bits [to + width - 1 : to] of the operand.
struct Slice {
  Operand operand = Operand::kRd;
  uint8_t from = 0;
  uint8_t width = 0;
  uint8_t to = 0;
};

// A format as slices. What an operand is besides its slices: `base` is or-ed to it, and the values
// whose bit is set in `reserved` make the encoding illegal.
struct Layout {
  std::array<Slice, 12> slices{};
  size_t slice_count = 0;
  unsigned length = 0;     // bits; 0: every bit of the encoding is fixed
  uint32_t fields = 0;     // the bits of the encoding that slices cover
  unsigned imm_width = 0;  // bits of a sign-extended immediate; 0: it is zero-extended
  bool imm_nonzero = false;
  bool has_rm = false;  // imm[2:0] is a rounding mode
  std::array<int32_t, kOperandCount> base{};
  std::array<uint32_t, kOperandCount> reserved{};  // of registers only
};

namespace layout_text {

// Turns one layout line of formats.inc into a Layout. A line that it does not understand is not a
// constant expression, hence a compile error.
class Parser {
 public:
  constexpr explicit Parser(std::string_view text) : rest_(text) { measure(); }

  constexpr Layout run() {
    for (std::string_view field = next(); !field.empty(); field = next()) parse(field);
    if (at_ != 0) throw "the widths of the fields do not add up";
    return layout_;
  }

 private:
  static constexpr bool starts(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
  }

  static constexpr int number(std::string_view& text) {
    const bool negative = starts(text, "-");
    if (negative) text.remove_prefix(1);
    if (text.empty() || text[0] < '0' || text[0] > '9') throw "a number is missing";
    int value = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1)) {
      value = value * 10 + (text[0] - '0');
    }
    return negative ? -value : value;
  }

  // 16-bit layouts end in op, 32-bit ones in opcode.
  constexpr void measure() {
    if (rest_.empty()) return;
    layout_.length = rest_.find("opcode") != std::string_view::npos ? 32 : 16;
    at_ = layout_.length;
  }

  constexpr std::string_view next() {
    while (starts(rest_, " ")) rest_.remove_prefix(1);
    const std::string_view field = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(field.size());
    return field;
  }

  constexpr void parse(std::string_view field) {
    if (field == "opcode") return skip(7);
    if (field == "op") return skip(2);
    if (field == "csr") return imm_slice(11, 0);
    if (field == "aq") return imm_slice(1, 1);
    if (field == "rl") return imm_slice(0, 0);
    if (field == "rs3") return imm_slice(7, 3);
    if (field == "rm") {
      layout_.has_rm = true;
      return imm_slice(2, 0);
    }
    if (starts(field, "funct")) {
      field.remove_prefix(5);
      return skip(static_cast<unsigned>(number(field)));
    }
    if (starts(field, "r")) return registers(field);
    immediate(field);
  }

  constexpr void skip(unsigned width) { at_ -= width; }

  constexpr void add(Operand operand, unsigned width, unsigned to) {
    layout_.slices[layout_.slice_count++] = {operand, static_cast<uint8_t>(at_),
                                             static_cast<uint8_t>(width), static_cast<uint8_t>(to)};
    layout_.fields |= ((uint32_t{1} << width) - 1) << at_;
  }

  constexpr void imm_slice(unsigned high, unsigned low) {
    at_ -= high - low + 1;
    add(Operand::kImm, high - low + 1, low);
    if (high + 1 > top_) top_ = high + 1;
  }

  // imm[11|4:1], uimm[...], nzimm[...], nzuimm[...] or imm=N
  constexpr void immediate(std::string_view field) {
    if (starts(field, "nz")) {
      layout_.imm_nonzero = true;
      field.remove_prefix(2);
    }
    const bool is_signed = !starts(field, "u");
    if (!is_signed) field.remove_prefix(1);
    if (!starts(field, "imm")) throw "this field is not known";
    field.remove_prefix(3);
    if (starts(field, "=")) {
      field.remove_prefix(1);
      layout_.base[static_cast<size_t>(Operand::kImm)] = number(field);
      return;
    }
    while (starts(field, "[") || starts(field, "|")) {
      field.remove_prefix(1);
      const auto high = static_cast<unsigned>(number(field));
      unsigned low = high;
      if (starts(field, ":")) {
        field.remove_prefix(1);
        low = static_cast<unsigned>(number(field));
      }
      imm_slice(high, low);
    }
    if (field != "]") throw "the list of immediate bits does not end";
    if (is_signed) layout_.imm_width = top_;
  }

  // rd, rs1', rd/rs1, each with an optional !=N, =even or, for operands without bits, =N
  constexpr void registers(std::string_view field) {
    std::array<Operand, 2> named{};
    size_t count = 0;
    bool prime = false;
    while (true) {
      const std::string_view name = field.substr(0, starts(field, "rd") ? 2 : 3);
      if (name == "rd") {
        named[count++] = Operand::kRd;
      } else if (name == "rs1") {
        named[count++] = Operand::kRs1;
      } else if (name == "rs2") {
        named[count++] = Operand::kRs2;
      } else {
        throw "this register is not known";
      }
      field.remove_prefix(name.size());
      if (starts(field, "'")) {
        prime = true;
        field.remove_prefix(1);
      }
      if (!starts(field, "/")) break;
      field.remove_prefix(1);
    }
    uint32_t reserved = 0;
    if (starts(field, "!=")) {
      field.remove_prefix(2);
      reserved = uint32_t{1} << number(field);
    } else if (field == "=even") {
      reserved = 0xaaaaaaaa;
    } else if (starts(field, "=")) {
      field.remove_prefix(1);
      layout_.base[static_cast<size_t>(named[0])] = number(field);
      return;
    }
    const unsigned width = prime ? 3 : 5;
    at_ -= width;
    for (size_t i = 0; i < count; ++i) {
      add(named[i], width, 0);
      const auto operand = static_cast<size_t>(named[i]);
      if (prime) layout_.base[operand] = 8;
      layout_.reserved[operand] = reserved;
    }
  }

  std::string_view rest_;
  Layout layout_;
  unsigned at_ = 0;   // lowest bit of the encoding that is described so far
  unsigned top_ = 0;  // one more than the highest immediate bit so far
};

}  // namespace layout_text

struct FormatInfo {
  std::string_view syntax;
  Layout layout;
};

inline constexpr std::array<FormatInfo, static_cast<size_t>(Format::kCount)> kFormats = {{
#define FORMAT(name, syntax, layout) {syntax, layout_text::Parser(layout).run()},
#include "cpu/isa/formats.inc"
#undef FORMAT
}};

[[nodiscard]] constexpr const FormatInfo& info(Format format) noexcept {
  return kFormats[static_cast<size_t>(format)];
}

// Reads the operands of `bits` into rd, rs1, rs2 and imm of `insn`. False: a field has a reserved
// value.
[[nodiscard]] bool extract_operands(Format format, uint32_t bits, Insn& insn) noexcept;

// The bits that hold the operands of `insn`; the inverse of extract_operands(). Bits of an operand
// that the format has no place for are dropped.
[[nodiscard]] uint32_t insert_operands(Format format, const Insn& insn) noexcept;

}  // namespace rvx::isa
