// Recording: one body for each row of the table, by its Op.
#include "jit/record.hpp"

#include <algorithm>
#include <array>

#include "cpu/isa/bodies.hpp"
#include "jit/ir_ops.hpp"

namespace rvx::jit {
namespace {

using isa::Class;
using isa::Op;

using Recorder = void (*)(IrOps& o, const isa::Insn& insn);

template <Op kOp>
void record_body(IrOps& o, const isa::Insn& insn) {
  isa::Body<kOp>::exec(o, insn);
}

// By Op; nullptr where the interpreter's body is called.
constexpr std::array<Recorder, isa::kOpCount> kRecorders = [] {
  std::array<Recorder, isa::kOpCount> table{};
#define RVX_RECORD_Inline(name) table[static_cast<size_t>(Op::name)] = record_body<Op::name>;
#define RVX_RECORD_Call(name)
#define INSN(name, pattern, format, ext, cls, lowering, section) RVX_RECORD_##lowering(name)
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
#undef RVX_RECORD_Inline
#undef RVX_RECORD_Call
  return table;
}();

// Whether anything is written. What goes to x0 is not, and its operations have no code: but
// floating-point ones raise flags and ask for FS.
bool has_result(const Region& region, NodeId first) {
  return std::any_of(region.nodes.begin() + first, region.nodes.end(), [](const Node& n) { return n.op == IrOp::kSetX || n.op == IrOp::kSetF; });
}

void record_insn(Region& region, IrInsn& at, Facts& facts) {
  at.first = static_cast<NodeId>(region.nodes.size());
  if (region.observes_events && isa::is_event(at.insn)) {
    region.nodes.push_back(Node{.op = IrOp::kEvent});
    at.end = at.first + 1;
    return;
  }
  const Facts before = facts;
  const Recorder recorder = kRecorders[static_cast<size_t>(at.insn.op)];
  bool is_recorded = recorder != nullptr;
  if (is_recorded) {
    IrOps o(region.nodes, facts, at);
    recorder(o, at.insn);
    is_recorded = !o.gave_up() && (isa::info(at.insn.op).cls != Class::kFp || has_result(region, at.first));
  }
  if (!is_recorded) {
    region.nodes.resize(static_cast<size_t>(at.first));
    region.nodes.push_back(Node{.op = IrOp::kCall});
    facts = before;
    facts.forget(at.insn.rd);
    facts.forget((at.insn.rd + 1u) & 31);  // AMOCAS.Q
  }
  at.end = static_cast<NodeId>(region.nodes.size());
}

}  // namespace

void record(Region& region) {
  std::vector<Facts> at_end(region.blocks.size());
  for (size_t i = 0; i < region.blocks.size(); ++i) {
    const IrBlock& block = region.blocks[i];
    Facts facts;
    // Blocks come after the one block they are reached from, unless that is a loop's end.
    if (!block.is_entry && block.only_predecessor >= 0 && static_cast<size_t>(block.only_predecessor) < i)
      facts = at_end[static_cast<size_t>(block.only_predecessor)];
    for (uint32_t n = block.first; n < block.end; ++n) record_insn(region, region.insns[n], facts);
    at_end[i] = facts;
  }
}

}  // namespace rvx::jit
