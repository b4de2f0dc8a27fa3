// The semantic bodies as functions.
#include "cpu/row_calls.hpp"

#include <array>

#include "cpu/isa/bodies.hpp"
#include "cpu/isa/operands.hpp"

namespace rvx {
namespace {

using isa::Class;
using isa::Op;

using RowFunction = BodyStatus (*)(HostOps<Memory::kSlow>& o, const PreOp& insn);

template <Op kOp>
BodyStatus run_row(HostOps<Memory::kSlow>& o, const PreOp& insn) {
  isa::Body<kOp>::exec(o, insn);
  return o.status;
}

constexpr std::array<RowFunction, isa::kOpCount> kRows = [] {
  std::array<RowFunction, isa::kOpCount> table{};
#define INSN(name, pattern, format, ext, cls, lowering, section) \
  if constexpr (isa::has_body(Class::k##cls)) table[static_cast<size_t>(Op::name)] = run_row<Op::name>;
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
  return table;
}();

// AMOCAS compares with rd before it writes it, so that x0 must read as zero there.
bool reads_rd(Op op) { return op == Op::amocas_w || op == Op::amocas_d || op == Op::amocas_q; }

}  // namespace

BodyStatus call_row(Hart& hart, Op op, const PreOp& insn, uint64_t base) noexcept {
  HostOps<Memory::kSlow> o(&hart.s, &insn, base, hart.s.view.data, &hart);
  const BodyStatus status = kRows[static_cast<size_t>(op)](o, insn);
  hart.s.x[0] = 0;
  return status;
}

PreOp operands_of(const isa::Insn& insn) noexcept {
  PreOp op{nullptr, insn.imm, insn.rd, insn.rs1, insn.rs2, insn.length};
  const isa::OpInfo& row = isa::info(insn.op);
  const bool writes_f = isa::info(row.format).syntax.starts_with("fd");
  if (op.rd == 0 && !writes_f && !reads_rd(insn.op)) op.rd = kSinkRegister;
  if (row.cls == Class::kFp && !isa::info(row.format).layout.has_rm) op.imm = static_cast<int32_t>(kNoRounding);
  return op;
}

}  // namespace rvx
