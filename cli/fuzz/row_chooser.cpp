// Chooses rows, registers and immediates at random.
#include "cli/fuzz/row_chooser.hpp"

#include <algorithm>

#include "cli/fuzz/common_rows.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/isa/fp_format.hpp"
#include "cpu/isa/operands.hpp"
#include "cpu/isa/roles.hpp"

namespace rvx::fuzz {
namespace {

using isa::Class;
using isa::Insn;
using isa::Op;
using isa::RegFile;

constexpr int kPatience = 60;
constexpr unsigned kStrayChance = 4;  // percent of loads from where any register points

bool is_cache_block(Op op) {
  return op == Op::cbo_inval || op == Op::cbo_clean || op == Op::cbo_flush || op == Op::cbo_zero;
}

// LR and SC come in pairs, made elsewhere.
bool is_reservation(Op op) {
  return op == Op::lr_w || op == Op::lr_d || op == Op::sc_w || op == Op::sc_d;
}

}  // namespace

RowChooser::RowChooser(const isa::IsaConfig& isa, Random& random) : isa_(isa), random_(random) {
  const auto add = [&](RowKind kind, Op row) { rows_[static_cast<size_t>(kind)].push_back(row); };
  for (unsigned i = 1; i < isa::kOpCount; ++i) {
    const Op row = static_cast<Op>(i);
    if (!isa::is_enabled(row, isa)) continue;
    const Op op = isa::info(row).expansion;
    switch (isa::info(row).cls) {
      case Class::kAlu:
      case Class::kFence: add(RowKind::kAlu, row); break;
      case Class::kBranch: add(RowKind::kBranch, row); break;
      case Class::kJal: add(RowKind::kJal, row); break;
      case Class::kJalr: add(RowKind::kJalr, row); break;
      case Class::kLoad:
      case Class::kFpLoad: add(RowKind::kLoad, row); break;
      case Class::kStore:
      case Class::kFpStore: add(RowKind::kStore, row); break;
      case Class::kFp: add(RowKind::kFp, row); break;
      case Class::kAmo:
        if (!is_reservation(op)) add(RowKind::kAmo, row);
        break;
      case Class::kSystem:
        if (is_cache_block(op)) add(RowKind::kCacheBlock, row);
        break;
      case Class::kCsr: break;
    }
  }
  for (const Op row : kCommonRows)
    if (isa::is_enabled(row, isa)) add(RowKind::kCommon, row);
}

Insn RowChooser::any(RowKind kind, const Registers& registers) {
  if (!has(kind)) kind = RowKind::kAlu;
  for (int tries = 0; tries < kPatience; ++tries) {
    const Op row = random_.pick(rows(kind));
    const Insn insn = candidate(row, registers);
    if (insn.row != row || !suits(insn, registers)) continue;
    remember(insn);
    return insn;
  }
  return any(Op::addi, registers);
}

Insn RowChooser::any(Op row, const Registers& registers) {
  for (int tries = 0; tries < kPatience; ++tries) {
    const Insn insn = candidate(row, registers);
    if (insn.row == row && suits(insn, registers)) return insn;
  }
  return {};
}

uint8_t RowChooser::any_free(const Registers& registers) {
  while (true) {
    const auto reg = static_cast<uint8_t>(random_.between(1, 31));
    if (!registers.is_reserved(reg)) return reg;
  }
}

Insn RowChooser::candidate(Op row, const Registers& registers) {
  const isa::OpInfo& info = isa::info(row);
  const isa::Roles roles = isa::roles_of(info.expansion);
  const auto any = [&](const std::optional<RegFile>& file) {
    return any_register(file == RegFile::kF ? recent_f_ : recent_x_);
  };
  Insn insn;
  insn.row = row;
  insn.op = info.expansion;
  insn.rd = any(roles.rd);
  insn.rs1 = any(roles.rs1);
  insn.rs2 = any(roles.rs2);
  insn.imm = any_immediate(row);
  if (roles.rs3) insn.imm = (insn.imm & 7) | any(roles.rs3) << 3;
  if (is_memory(info.cls) || is_cache_block(insn.op))
    insn.rs1 = random_.pick(registers.pointers).reg;
  return isa::decode(isa::encode(insn), isa_);
}

// Leaves reserved registers alone, and mostly accesses memory by pointers.
bool RowChooser::suits(const Insn& insn, const Registers& registers) {
  const isa::OpInfo& info = isa::info(insn.op);
  if (isa::roles_of(insn.op).rd == RegFile::kX) {
    const bool is_pair = info.format == isa::Format::kAmoPair;
    if (registers.is_reserved(insn.rd) || (is_pair && registers.is_reserved(insn.rd + 1u)))
      return false;
  }
  if (!is_memory(info.cls)) return true;
  const bool is_pointer =
      std::any_of(registers.pointers.begin(), registers.pointers.end(),
                  [&](const Registers::Pointer& p) { return p.reg == insn.rs1; });
  const bool is_load = info.cls == Class::kLoad || info.cls == Class::kFpLoad;
  return is_pointer || (is_load && random_.percent(kStrayChance));
}

uint8_t RowChooser::any_register(const std::array<uint8_t, 4>& recent) {
  const uint64_t dice = random_.below(100);
  if (dice < 30) return recent[0];
  if (dice < 50) return random_.pick(recent);
  return static_cast<uint8_t>(random_.below(32));
}

int32_t RowChooser::any_immediate(Op row) {
  if (isa::info(isa::info(row).format).layout.has_rm) {
    const uint64_t mode = random_.below(9);
    return static_cast<int32_t>(mode < 5 ? mode : isa::fp::kDynamic);
  }
  const auto all = static_cast<int32_t>(random_.next());
  const bool may_align = is_memory(isa::info(row).cls) && random_.percent(60);
  switch (random_.below(4)) {
    case 0: return all & 0x3f & (may_align ? ~7 : ~0);
    case 1: return static_cast<int32_t>(random_.below(5)) - 2;
    default: return may_align ? all & ~7 : all;
  }
}

void RowChooser::remember(const Insn& insn) {
  const isa::Roles roles = isa::roles_of(insn.op);
  if (!roles.rd) return;
  auto& recent = *roles.rd == RegFile::kF ? recent_f_ : recent_x_;
  std::rotate(recent.begin(), recent.end() - 1, recent.end());
  recent[0] = insn.rd;
}

}  // namespace rvx::fuzz
