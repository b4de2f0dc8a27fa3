// The rows of instructions.inc and row_notes.inc as constants, checked against their formats.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cpu/isa/insn.hpp"
#include "cpu/isa/operands.hpp"

namespace rvx::isa {

// A mnemonic: the row's name with '.' for '_', without a final '_'.
struct Mnemonic {
  std::array<char, 16> text{};
  uint8_t size = 0;

  constexpr explicit Mnemonic(std::string_view row_name) {
    if (row_name.ends_with('_')) row_name.remove_suffix(1);
    for (const char c : row_name) text[size++] = c == '_' ? '.' : c;
  }
  [[nodiscard]] constexpr std::string_view view() const { return {text.data(), size}; }
};

inline constexpr std::array<Mnemonic, kOpCount> kMnemonics = {{
    Mnemonic("unknown"),
#define INSN(name, pattern, format, ext, cls, lowering, section) Mnemonic(#name),
#define RVC(name, pattern, format, ext, expansion, section) Mnemonic(#name),
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
}};

namespace table_text {

struct Pattern {
  uint32_t match = 0;
  uint32_t mask = 0;
  uint8_t length = 0;  // bytes
};

// A compile error unless the letters stand where the format has its operands.
constexpr Pattern parse(std::string_view text, Format format) {
  if (text.size() != 16 && text.size() != 32) throw "a pattern has 16 or 32 characters";
  Pattern pattern;
  pattern.length = static_cast<uint8_t>(text.size() / 8);
  uint32_t fields = 0;
  for (const char c : text) {
    pattern.match = pattern.match << 1 | (c == '1');
    pattern.mask = pattern.mask << 1 | (c == '0' || c == '1');
    fields = fields << 1 | (c != '0' && c != '1');
  }
  const Layout& layout = info(format).layout;
  if (layout.length != 0 && layout.length != text.size()) throw "pattern and format differ in size";
  if (layout.fields != fields) throw "pattern and format put fields at different places";
  return pattern;
}

constexpr OpInfo row(Op op, std::string_view text, Format format, Ext ext, Class cls,
                     Lowering lowering, Op expansion, std::string_view section) {
  const Pattern pattern = parse(text, format);
  return {kMnemonics[static_cast<size_t>(op)].view(), pattern.match, pattern.mask, format, ext, cls,
          lowering, pattern.length, expansion, section};
}

// Class and lowering of a base row, for the compressed rows that expand to it.
constexpr Class class_of(Op op) {
  switch (op) {
#define INSN(name, pattern, format, ext, cls, lowering, section) \
  case Op::name: return Class::k##cls;
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
    default: throw "a compressed row expands to a row that is itself compressed";
  }
}

constexpr Lowering lowering_of(Op op) {
  switch (op) {
#define INSN(name, pattern, format, ext, cls, lowering, section) \
  case Op::name: return Lowering::k##lowering;
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
    default: throw "a compressed row expands to a row that is itself compressed";
  }
}

}  // namespace table_text

inline constexpr std::array<OpInfo, kOpCount> kTable = {{
    {"unknown", 0, 0, Format::kNone, Ext::kI, Class::kSystem, Lowering::kCall, 0, Op::kIllegal, ""},
#define INSN(name, pattern, format, ext, cls, lowering, section)                            \
  table_text::row(Op::name, pattern, Format::k##format, Ext::k##ext, Class::k##cls,         \
                  Lowering::k##lowering, Op::name, section),
#define RVC(name, pattern, format, ext, expansion, section)                                 \
  table_text::row(Op::name, pattern, Format::k##format, Ext::k##ext,                        \
                  table_text::class_of(Op::expansion), table_text::lowering_of(Op::expansion), \
                  Op::expansion, section),
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
}};

// The extensions that turn a row on: one of `any` and all of `all`. Ext::kI, which is always on,
// fills places that are not needed.
struct Enabling {
  std::array<Ext, 2> any{Ext::kI, Ext::kI};
  std::array<Ext, 2> all{Ext::kI, Ext::kI};
};

namespace table_text {

constexpr std::array<Enabling, kOpCount> enabling() {
  std::array<Enabling, kOpCount> rows{};
  for (size_t i = 1; i < kOpCount; ++i) rows[i].any = {kTable[i].ext, kTable[i].ext};
#define ALSO_IN(row, extension) rows[static_cast<size_t>(Op::row)].any[1] = Ext::k##extension;
#define ALSO_NEEDS(row, extension) rows[static_cast<size_t>(Op::row)].all[1] = Ext::k##extension;
#include "cpu/isa/row_notes.inc"
  for (size_t i = 1; i < kOpCount; ++i) {
    const auto base = static_cast<size_t>(kTable[i].expansion);
    if (base == i) continue;
    rows[i] = rows[base];
    rows[i].all[0] = kTable[i].ext;
  }
  return rows;
}

}  // namespace table_text

inline constexpr std::array<Enabling, kOpCount> kEnabling = table_text::enabling();

}  // namespace rvx::isa
