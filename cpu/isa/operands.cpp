// Reads and writes the operands of an encoding by its format's layout.
#include "cpu/isa/operands.hpp"

#include <utility>

namespace rvx::isa {
namespace {

constexpr uint32_t low_bits(unsigned width) noexcept { return (uint32_t{1} << width) - 1; }

// What one slice of a format's layout adds to an operand.
template <Format kFormat, Operand kOperand, size_t kIndex>
uint32_t part(uint32_t bits) noexcept {
  constexpr Slice kSlice = info(kFormat).layout.slices[kIndex];
  if constexpr (kSlice.operand != kOperand) {
    return 0;
  } else {
    return ((bits >> kSlice.from) & low_bits(kSlice.width)) << kSlice.to;
  }
}

// One operand of one format. The layout is a constant here, so this unrolls into shifts and masks.
template <Format kFormat, Operand kOperand>
int32_t extract(uint32_t bits) noexcept {
  static constexpr const Layout& kLayout = info(kFormat).layout;
  uint32_t value = static_cast<uint32_t>(kLayout.base[static_cast<size_t>(kOperand)]);
  value |= [bits]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    return (0u | ... | part<kFormat, kOperand, kIndex>(bits));
  }(std::make_index_sequence<kLayout.slice_count>());
  if constexpr (kOperand == Operand::kImm && kLayout.imm_width != 0) {
    constexpr unsigned kUnused = 32 - kLayout.imm_width;
    return static_cast<int32_t>(value << kUnused) >> kUnused;
  }
  return static_cast<int32_t>(value);
}

template <Format kFormat>
bool extract_all(uint32_t bits, Insn& insn) noexcept {
  static constexpr const Layout& kLayout = info(kFormat).layout;
  insn.rd = static_cast<uint8_t>(extract<kFormat, Operand::kRd>(bits));
  insn.rs1 = static_cast<uint8_t>(extract<kFormat, Operand::kRs1>(bits));
  insn.rs2 = static_cast<uint8_t>(extract<kFormat, Operand::kRs2>(bits));
  insn.imm = extract<kFormat, Operand::kImm>(bits);
  uint32_t reserved = 0;
  reserved |= kLayout.reserved[static_cast<size_t>(Operand::kRd)] >> insn.rd;
  reserved |= kLayout.reserved[static_cast<size_t>(Operand::kRs1)] >> insn.rs1;
  reserved |= kLayout.reserved[static_cast<size_t>(Operand::kRs2)] >> insn.rs2;
  bool ok = (reserved & 1) == 0;
  if constexpr (kLayout.imm_nonzero) ok = ok && insn.imm != 0;
  // F, "Floating-Point Control and Status Register": 5 and 6 are reserved; 7, dynamic, depends on
  // frm and is for the engines to judge.
  if constexpr (kLayout.has_rm) ok = ok && (insn.imm & 7) != 5 && (insn.imm & 7) != 6;
  return ok;
}

int32_t operand_of(const Insn& insn, Operand operand) noexcept {
  switch (operand) {
    case Operand::kRd: return insn.rd;
    case Operand::kRs1: return insn.rs1;
    case Operand::kRs2: return insn.rs2;
    case Operand::kImm: return insn.imm;
  }
  return 0;
}

}  // namespace

bool extract_operands(Format format, uint32_t bits, Insn& insn) noexcept {
  switch (format) {
#define FORMAT(name, syntax, layout) \
  case Format::k##name: return extract_all<Format::k##name>(bits, insn);
#include "cpu/isa/formats.inc"
#undef FORMAT
    case Format::kCount: break;
  }
  return false;
}

uint32_t insert_operands(Format format, const Insn& insn) noexcept {
  const Layout& layout = info(format).layout;
  uint32_t bits = 0;
  uint32_t written = 0;  // rd/rs1 is one field; rd, which comes first, fills it
  for (size_t i = 0; i < layout.slice_count; ++i) {
    const Slice& slice = layout.slices[i];
    const uint32_t place = low_bits(slice.width) << slice.from;
    if (written & place) continue;
    const auto value = static_cast<uint32_t>(operand_of(insn, slice.operand));
    bits |= ((value >> slice.to) << slice.from) & place;
    written |= place;
  }
  return bits;
}

}  // namespace rvx::isa
