// The passes over a recorded region: dead writes, homes of registers, and their flow.
#include "jit/passes.hpp"

#include <algorithm>
#include <utility>

#include "cpu/isa/operands.hpp"
#include "jit/host_registers.hpp"

namespace rvx::jit {
namespace {

bool touches_fp(IrOp op) {
  const IrClass c = info(op).cls;
  return c == IrClass::kFp || c == IrClass::kFpToX || op == IrOp::kGetF || op == IrOp::kFConst || op == IrOp::kSetF || op == IrOp::kTouchF;
}

// Whether an instruction that holds this node may leave the region before it is done.
bool can_leave(IrOp op) { return info(op).cls == IrClass::kAccess || op == IrOp::kCall || touches_fp(op); }

bool is_pure(const Region& region, NodeId id) {
  if (id == kNoNode) return true;
  const Node& n = region.nodes[static_cast<size_t>(id)];
  if (can_leave(n.op)) return false;
  return is_pure(region, n.a) && is_pure(region, n.b) && is_pure(region, n.c);
}

}  // namespace

void drop_dead_writes(Region& region) {
  for (const IrBlock& block : region.blocks) {
    uint32_t overwritten = 0;  // x registers that are written again before they can be seen
    for (uint32_t i = block.end; i-- > block.first;) {
      const IrInsn& insn = region.insns[i];
      const Effects e = effects_of(region, insn);
      uint32_t written = 0;
      for (NodeId id = insn.end; id-- > insn.first;) {
        Node& n = region.nodes[static_cast<size_t>(id)];
        if (n.op != IrOp::kSetX) continue;
        if (((overwritten >> n.reg) & 1) && is_pure(region, n.a)) n.is_dead = true;
        written |= 1u << n.reg;
      }
      overwritten |= written;
      for (NodeId id = insn.first; id < insn.end; ++id) {
        const Node& n = region.nodes[static_cast<size_t>(id)];
        // The reads of a dead write are still counted: an earlier write stays for nothing, rarely.
        if (n.op == IrOp::kGetX) overwritten &= ~(1u << n.reg);
      }
      // Whoever takes over before this instruction is done sees all earlier writes.
      if (e.can_leave) overwritten = 0;
    }
  }
}

Effects effects_of(const Region& region, const IrInsn& insn) noexcept {
  Effects e;
  for (NodeId id = insn.first; id < insn.end; ++id) {
    const Node& n = region.nodes[static_cast<size_t>(id)];
    e.can_leave = e.can_leave || can_leave(n.op);
    switch (n.op) {
      case IrOp::kGetX: e.reads |= x_bit(n.reg); break;
      case IrOp::kSetX:
        if (!n.is_dead) e.writes |= x_bit(n.reg);
        break;
      case IrOp::kJump:
      case IrOp::kJumpTo: e.writes |= x_bit(n.reg); break;
      case IrOp::kGetF:
      case IrOp::kFRaw: e.reads |= f_bit(n.reg); break;
      case IrOp::kSetF: e.writes |= f_bit(n.reg); break;
      case IrOp::kCall: {
        const isa::Format format = isa::info(insn.insn.op).format;
        const isa::Class c = isa::info(insn.insn.op).cls;
        if (c == isa::Class::kCsr || c == isa::Class::kSystem) {  // some of them are not called after all
          e.reads |= x_bit(insn.insn.rs1);
          e.writes |= x_bit(insn.insn.rd);
        } else if (isa::info(format).syntax.starts_with("fd")) {
          e.writes |= f_bit(insn.insn.rd);
        } else {
          e.writes |= x_bit(insn.insn.rd) | x_bit((insn.insn.rd + 1u) & 31);
        }
        break;
      }
      default: break;
    }
  }
  e.writes &= ~x_bit(0);
  return e;
}

Homes choose_homes(const Region& region) {
  std::array<unsigned, 64> weight{};
  for (const IrBlock& block : region.blocks) {
    const unsigned scale = 1u << (3 * std::min(block.loop_depth, 4u));
    for (uint32_t i = block.first; i < block.end; ++i) {
      const IrInsn& insn = region.insns[i];
      for (NodeId id = insn.first; id < insn.end; ++id) {
        const Node& n = region.nodes[static_cast<size_t>(id)];
        if (n.op == IrOp::kGetX || (n.op == IrOp::kSetX && !n.is_dead)) weight[n.reg] += scale;
        if (n.op == IrOp::kGetF || n.op == IrOp::kFRaw || n.op == IrOp::kSetF) weight[32u + n.reg] += scale;
      }
    }
  }
  Homes homes;
  homes.x.fill(-1);
  homes.f.fill(-1);
  for (const Pinned& p : kPinned) {
    homes.x[p.guest] = p.host;
    weight[p.guest] = 0;
  }
  weight[0] = 0;
  // A register costs a load on entry and perhaps a store on exit, so that it must be used a few times.
  constexpr unsigned kWorthIt = 4;
  const auto give = [&](unsigned first, auto& places, auto next_host, size_t count) {
    std::array<uint8_t, 32> order{};
    for (unsigned n = 0; n < 32; ++n) order[n] = static_cast<uint8_t>(n);
    std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
      return weight[first + a] != weight[first + b] ? weight[first + a] > weight[first + b] : a < b;
    });
    for (size_t i = 0; i < count && weight[first + order[i]] >= kWorthIt; ++i) {
      places[order[i]] = next_host(i);
      homes.mapped |= RegSet{1} << (first + order[i]);
    }
  };
  give(0, homes.x, [](size_t i) { return kRegionX[i]; }, kRegionX.size());
  give(32, homes.f, [](size_t i) { return static_cast<int8_t>(kFirstRegionF + static_cast<int8_t>(i)); }, kLastRegionF - kFirstRegionF + 1);
  return homes;
}

namespace {

// Blocks that a block may go on to within the region.
template <class F>
void for_each_successor(const IrBlock& block, F f) {
  if ((block.how == BlockEnd::kBranch || block.how == BlockEnd::kJump) && block.taken.block >= 0) f(static_cast<size_t>(block.taken.block));
  if ((block.how == BlockEnd::kBranch || block.how == BlockEnd::kFall) && block.next.block >= 0) f(static_cast<size_t>(block.next.block));
}

}  // namespace

Flow trace_registers(const Region& region, const Homes& homes) {
  const size_t count = region.blocks.size();
  Flow flow;
  flow.dirty_before.resize(region.insns.size());
  flow.dirty_after.resize(count);
  flow.live_in.resize(count);
  std::vector<Effects> effects;
  effects.reserve(region.insns.size());
  for (const IrInsn& insn : region.insns) effects.push_back(effects_of(region, insn));
  for (const Node& n : region.nodes) flow.uses_fp = flow.uses_fp || touches_fp(n.op);

  // Forwards: what has been written since the region was entered.
  std::vector<RegSet> dirty_in(count);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = 0; b < count; ++b) {
      const IrBlock& block = region.blocks[b];
      RegSet dirty = dirty_in[b];
      for (uint32_t i = block.first; i < block.end; ++i) {
        flow.dirty_before[i] = dirty;
        dirty |= effects[i].writes & homes.mapped;
      }
      flow.dirty_after[b] = dirty;
      for_each_successor(block, [&](size_t to) {
        if ((dirty & ~dirty_in[to]) != 0) changed = true;
        dirty_in[to] |= dirty;
      });
    }
  }

  // Backwards: what is read, or stored when the region is left, before it is written.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = count; b-- > 0;) {
      const IrBlock& block = region.blocks[b];
      // Each way out of the region stores what is dirty; so does the budget's at the block's end.
      RegSet live = flow.dirty_after[b];
      for_each_successor(block, [&](size_t to) { live |= flow.live_in[to]; });
      for (uint32_t i = block.end; i-- > block.first;) {
        live &= ~effects[i].writes;
        live |= effects[i].reads & homes.mapped;
        if (effects[i].can_leave || i + 1 == block.end) live |= flow.dirty_before[i];
      }
      if (live != flow.live_in[b]) {
        flow.live_in[b] = live;
        changed = true;
      }
    }
  }
  return flow;
}

}  // namespace rvx::jit
