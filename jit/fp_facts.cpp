// A forward analysis: what every way to a block has tested or done already.
#include "jit/fp_facts.hpp"

#include "cpu/hart_state.hpp"
#include "cpu/isa/fp_format.hpp"
#include "cpu/isa/operands.hpp"

namespace rvx::jit {
namespace {

void apply(const Region& region, const IrInsn& insn, FpFacts& facts) {
  for (NodeId id = insn.first; id < insn.end; ++id) {
    const Node& n = region.nodes[static_cast<size_t>(id)];
    if (n.op == IrOp::kCall && isa::info(insn.insn.op).cls != isa::Class::kCsr) facts.boxed = 0;
    if (n.op != IrOp::kSetF) continue;
    if (n.format != FpFormat::kDouble) facts.boxed |= 1u << n.reg;
    else facts.boxed &= ~(1u << n.reg);
  }
  const isa::Class c = isa::info(insn.insn.op).cls;
  if ((c == isa::Class::kCsr && !keeps_fp(insn.insn)) || c == isa::Class::kSystem) facts = {.boxed = facts.boxed};
  if (!is_fp(insn.insn)) return;
  facts.rounding |= 1u << rounding_key(insn.insn) | 1u << kNoRounding;
  facts.is_fs_dirty = facts.is_fs_dirty || dirties_fs(region, insn);
}

}  // namespace

bool is_fp(const isa::Insn& insn) noexcept {
  const isa::Class c = isa::info(insn.op).cls;
  return c == isa::Class::kFp || c == isa::Class::kFpLoad || c == isa::Class::kFpStore;
}

unsigned rounding_key(const isa::Insn& insn) noexcept {
  const isa::OpInfo& row = isa::info(insn.op);
  if (row.cls != isa::Class::kFp || !isa::info(row.format).layout.has_rm) return kNoRounding;
  const auto rm = static_cast<unsigned>(insn.imm) & 7;
  // Truncation to an integer has an instruction of its own on the host, whatever MXCSR says.
  if (row.format == isa::Format::kXFm && rm == isa::fp::kRtz) return kNoRounding;
  return rm;
}

bool is_csr_read(const isa::Insn& insn) noexcept {
  const bool is_plain_write = insn.op == isa::Op::csrrw || insn.op == isa::Op::csrrwi;
  return isa::info(insn.op).cls == isa::Class::kCsr && !is_plain_write && (insn.bits >> 15 & 31) == 0;
}

bool keeps_fp(const isa::Insn& insn) noexcept {
  constexpr uint32_t kFflags = 0x001;
  return is_csr_read(insn) || (isa::info(insn.op).cls == isa::Class::kCsr && insn.bits >> 20 == kFflags);
}

bool dirties_fs(const Region& region, const IrInsn& insn) noexcept {
  for (NodeId id = insn.first; id < insn.end; ++id) {
    const IrOp op = region.nodes[static_cast<size_t>(id)].op;
    if (op == IrOp::kSetF || op == IrOp::kTouchF) return true;
  }
  return false;
}

std::vector<FpFacts> trace_fp(const Region& region) {
  const size_t count = region.blocks.size();
  constexpr FpFacts kAll{.rounding = ~uint32_t{0}, .boxed = ~uint32_t{0}, .is_fs_dirty = true};
  std::vector<std::vector<size_t>> before(count);
  std::vector<bool> is_loop(count);
  for (size_t b = 0; b < count; ++b) {
    for_each_successor(region.blocks[b], [&](size_t to) {
      before[to].push_back(b);
      if (to <= b) is_loop[to] = true;
    });
  }
  std::vector<FpFacts> at_start(count), at_end;
  const auto meet_before = [&](size_t b) {
    FpFacts facts = kAll;
    for (const size_t from : before[b]) facts.meet(at_end[from]);
    return facts;
  };
  const auto settle = [&] {
    at_end.assign(count, kAll);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t b = 0; b < count; ++b) {
        const IrBlock& block = region.blocks[b];
        if (!block.is_entry) at_start[b] = before[b].empty() ? FpFacts{} : meet_before(b);
        FpFacts facts = at_start[b];
        for (uint32_t i = block.first; i < block.end; ++i) apply(region, region.insns[i], facts);
        changed = changed || facts != at_end[b];
        at_end[b] = facts;
      }
    }
  };
  // First with nothing known at any entry. What every way round a loop then has at its end may be asked of
  // the way in as well; that can only add to what is known elsewhere.
  settle();
  // A rounding mode that an instruction names is seldom the one in force: the loop would never be entered.
  constexpr uint32_t kUsual = 1u << isa::fp::kRne | 1u << isa::fp::kDynamic | 1u << kNoRounding;
  for (size_t b = 0; b < count; ++b) {
    if (!region.blocks[b].is_entry || !is_loop[b]) continue;
    at_start[b] = meet_before(b);
    at_start[b].rounding &= kUsual;
  }
  settle();
  return at_start;
}

}  // namespace rvx::jit
