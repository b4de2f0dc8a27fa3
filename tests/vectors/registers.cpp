// Chooses registers and immediates by the operand layout of a row's format.
#include "registers.hpp"

#include <algorithm>

#include "cpu/isa/operands.hpp"

namespace rvx::vectors {

using isa::Layout;
using isa::Operand;

namespace {

const Layout& layout_of(Op row) { return isa::info(isa::info(row).format).layout; }

unsigned width_of(const Layout& layout, Operand operand) {
  unsigned width = 0;
  for (size_t i = 0; i < layout.slice_count; ++i) {
    if (layout.slices[i].operand == operand) width += layout.slices[i].width;
  }
  return width;
}

uint32_t immediate_bits(const Layout& layout) {
  uint32_t bits = 0;
  for (size_t i = 0; i < layout.slice_count; ++i) {
    const isa::Slice& s = layout.slices[i];
    if (s.operand == Operand::kImm) bits |= ((uint32_t{1} << s.width) - 1) << s.to;
  }
  return bits;
}

}  // namespace

bool RowEncoder::has_immediate() const { return immediate_bits(layout_of(row_)) != 0; }

bool RowEncoder::has_field(Operand operand) const {
  return width_of(layout_of(row_), operand) != 0;
}

uint8_t RowEncoder::any_register(Operand operand, Reg::File file) {
  const Layout& layout = layout_of(row_);
  const auto base = static_cast<uint8_t>(layout.base[static_cast<size_t>(operand)]);
  const unsigned width = width_of(layout, operand);
  if (width == 0) return base;
  while (true) {
    const auto index = static_cast<uint8_t>(base | (random_() & ((1u << width) - 1)));
    if (layout.reserved[static_cast<size_t>(operand)] >> index & 1) continue;
    if (index == 0 && file == Reg::File::kX) continue;
    return index;
  }
}

std::optional<Insn> RowEncoder::decoded(Insn insn) const {
  insn.row = row_;
  const Insn result = isa::decode(isa::encode(insn), isa_);
  if (result.row != row_) return std::nullopt;
  return result;
}

bool RowEncoder::applies(Overlap overlap) const {
  const bool rd = has_field(Operand::kRd), rs1 = has_field(Operand::kRs1),
             rs2 = has_field(Operand::kRs2);
  const bool is_tied = shares_field();
  switch (overlap) {
    case Overlap::kNone: return true;
    case Overlap::kRdRs1: return rd && rs1 && !is_tied;
    case Overlap::kRdRs2: return rd && rs2;
    case Overlap::kRs1Rs2:
    case Overlap::kAll: return rs1 && rs2 && !is_tied;
    case Overlap::kRdZero: return rd;
    case Overlap::kRs1Zero: return rs1 && !is_tied;
    case Overlap::kRs2Zero: return rs2;
  }
  return false;
}

// rd/rs1 in one field.
bool RowEncoder::shares_field() const {
  const Layout& layout = layout_of(row_);
  for (size_t i = 0; i < layout.slice_count; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (layout.slices[i].from == layout.slices[j].from) return true;
    }
  }
  return false;
}

Insn RowEncoder::candidate(Overlap overlap, int32_t imm) {
  const Roles roles = roles_of(isa::info(row_).expansion);
  const auto file = [](const std::optional<Reg::File>& role) {
    return role.value_or(Reg::File::kF);
  };
  Insn insn;
  insn.imm = imm;
  insn.rd = any_register(Operand::kRd, file(roles.rd));
  insn.rs1 = any_register(Operand::kRs1, file(roles.rs1));
  insn.rs2 = any_register(Operand::kRs2, file(roles.rs2));
  auto rs3 = static_cast<uint8_t>(random_() % 32);
  switch (overlap) {
    case Overlap::kNone: break;
    case Overlap::kRdRs1: insn.rs1 = insn.rd; break;
    case Overlap::kRdRs2: insn.rs2 = insn.rd; break;
    case Overlap::kRs1Rs2: insn.rs2 = insn.rs1; break;
    case Overlap::kAll: insn.rs1 = insn.rs2 = rs3 = insn.rd; break;
    case Overlap::kRdZero: insn.rd = 0; break;
    case Overlap::kRs1Zero: insn.rs1 = 0; break;
    case Overlap::kRs2Zero: insn.rs2 = 0; break;
  }
  if (shares_field()) insn.rs1 = insn.rd;
  if (roles.rs3) insn.imm = (imm & 7) | rs3 << 3;
  return insn;
}

std::optional<Insn> RowEncoder::make(Overlap overlap, int32_t imm) {
  if (!applies(overlap)) return std::nullopt;
  for (int tries = 0; tries < 200; ++tries) {
    const Insn wanted = candidate(overlap, imm);
    const std::optional<Insn> insn = decoded(wanted);
    if (!insn) continue;  // reserved with these registers, or the other row's
    const auto is_kept = [&](Operand operand, uint8_t is, uint8_t was) {
      return !has_field(operand) || is == was;
    };
    if (!is_kept(Operand::kRd, insn->rd, wanted.rd) ||
        !is_kept(Operand::kRs1, insn->rs1, wanted.rs1) ||
        !is_kept(Operand::kRs2, insn->rs2, wanted.rs2)) {
      return std::nullopt;  // the fields are too narrow for this overlap
    }
    if (overlap != Overlap::kNone || shares_field()) return insn;
    const bool is_distinct =
        !(has_field(Operand::kRd) && has_field(Operand::kRs1) && insn->rd == insn->rs1) &&
        !(has_field(Operand::kRd) && has_field(Operand::kRs2) && insn->rd == insn->rs2) &&
        !(has_field(Operand::kRs1) && has_field(Operand::kRs2) && insn->rs1 == insn->rs2);
    if (is_distinct) return insn;
  }
  return std::nullopt;
}

std::vector<int32_t> RowEncoder::immediates() {
  const Layout& layout = layout_of(row_);
  const uint32_t bits = immediate_bits(layout);
  const unsigned width = width_of(layout, Operand::kImm);
  std::vector<int32_t> values;
  const auto add = [&](uint32_t value) {
    uint32_t imm = value & bits;
    if (layout.imm_width != 0 && layout.imm_width < 32 &&
        (imm >> (layout.imm_width - 1) & 1) != 0) {
      imm |= ~uint32_t{0} << layout.imm_width;
    }
    const auto as_signed = static_cast<int32_t>(imm);
    if (std::find(values.begin(), values.end(), as_signed) == values.end())
      values.push_back(as_signed);
  };
  if (width <= 6) {
    // Fills in the bits that the format has, from the lowest.
    for (uint32_t n = 0; n < uint32_t{1} << width; ++n) {
      uint32_t imm = 0, rest = n;
      for (unsigned bit = 0; bit < 32; ++bit) {
        if ((bits >> bit & 1) == 0) continue;
        imm |= (rest & 1) << bit;
        rest >>= 1;
      }
      add(imm);
    }
    return values;
  }
  add(0);
  add(~uint32_t{0});
  for (unsigned bit = 0; bit < 32; ++bit) add(uint32_t{1} << bit);
  add(0x55555555);
  add(0xaaaaaaaa);
  add(bits >> 1);                     // the largest positive one
  add(bits & ~(bits & (~bits + 1)));  // all but the lowest
  for (int i = 0; i < 6; ++i) add(static_cast<uint32_t>(random_()));
  return values;
}

int32_t RowEncoder::some_immediate() {
  const uint32_t bits = immediate_bits(layout_of(row_));
  if (bits == 0) return 0;
  const std::vector<int32_t> all = immediates();
  return all[random_() % all.size()];
}

}  // namespace rvx::vectors
