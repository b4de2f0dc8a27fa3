// The passes over a recorded region: dead writes, homes of registers, and their flow.
#include "jit/passes.hpp"

#include <algorithm>
#include <span>
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
bool can_leave(IrOp op) { return info(op).cls == IrClass::kAccess || op == IrOp::kCall || op == IrOp::kEvent || touches_fp(op); }

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

RegSet shared_homes(const Homes& a, const Homes& b) noexcept {
  RegSet same = 0;
  for (unsigned n = 0; n < 32; ++n) {
    if (a.x[n] == b.x[n]) same |= x_bit(n);
    if (a.f[n] == b.f[n]) same |= f_bit(n);
  }
  return same & a.mapped & b.mapped;
}

namespace {

using Weights = std::array<unsigned, 64>;  // by guest register

// What a register is worth where it is used once in each run of a loop, or of anything else.
constexpr unsigned kLoopUse = 8, kUse = 1;
// What it saves to keep one over an inner zone, or have it there for an inner zone: a store and a load.
constexpr unsigned kStay = 3;
// A register costs a load on entry and perhaps a store on exit.
constexpr unsigned kWorthIt = 4;

// The busiest registers of `weights` from `first` on get host registers, if possible those that they have outside.
void give_homes(const Weights& weights, unsigned first, std::span<const int8_t> hosts, const std::array<int8_t, 32>& outside, std::array<int8_t, 32>& places,
                RegSet& mapped) {
  std::array<uint8_t, 32> order{};
  for (unsigned n = 0; n < 32; ++n) order[n] = static_cast<uint8_t>(n);
  std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    return weights[first + a] != weights[first + b] ? weights[first + a] > weights[first + b] : a < b;
  });
  size_t count = 0;
  while (count < hosts.size() && weights[first + order[count]] >= kWorthIt) ++count;
  unsigned taken = 0;
  for (size_t i = 0; i < count; ++i) {
    const unsigned n = order[i];
    mapped |= RegSet{1} << (first + n);
    if (outside[n] < 0) continue;
    places[n] = outside[n];
    taken |= 1u << outside[n];
  }
  auto free = hosts.begin();
  for (size_t i = 0; i < count; ++i) {
    if (places[order[i]] >= 0) continue;
    while ((taken >> *free) & 1) ++free;
    places[order[i]] = *free++;
  }
}

}  // namespace

std::vector<Homes> choose_homes(const Region& region) {
  std::vector<Weights> weights(region.zones.size(), Weights{});
  for (const IrBlock& block : region.blocks) {
    Weights& w = weights[block.zone];
    const unsigned scale = region.zones[block.zone].is_loop ? kLoopUse : kUse;
    for (uint32_t i = block.first; i < block.end; ++i) {
      const IrInsn& insn = region.insns[i];
      for (NodeId id = insn.first; id < insn.end; ++id) {
        const Node& n = region.nodes[static_cast<size_t>(id)];
        if (n.op == IrOp::kGetX || (n.op == IrOp::kSetX && !n.is_dead)) w[n.reg] += scale;
        if (n.op == IrOp::kGetF || n.op == IrOp::kFRaw || n.op == IrOp::kSetF) w[32u + n.reg] += scale;
      }
    }
  }
  for (size_t z = region.zones.size(); z-- > 0;) {
    if (region.zones[z].outer < 0) continue;
    for (size_t n = 0; n < 64; ++n)
      if (weights[z][n] >= kWorthIt) weights[static_cast<size_t>(region.zones[z].outer)][n] += kStay;
  }
  Homes none;
  none.x.fill(-1);
  none.f.fill(-1);
  std::vector<Homes> all;
  for (size_t z = 0; z < region.zones.size(); ++z) {
    const Homes outer = region.zones[z].outer >= 0 ? all[static_cast<size_t>(region.zones[z].outer)] : none;
    Weights& w = weights[z];
    for (unsigned n = 0; n < 64; ++n)
      if ((outer.mapped >> n) & 1) w[n] += kStay;
    Homes homes = none;
    for (const Pinned& p : kPinned) {
      homes.x[p.guest] = p.host;
      w[p.guest] = 0;
    }
    w[0] = 0;
    give_homes(w, 0, kRegionX, outer.x, homes.x, homes.mapped);
    give_homes(w, 32, kRegionF, outer.f, homes.f, homes.mapped);
    all.push_back(homes);
  }
  return all;
}

Flow trace_registers(const Region& region, const std::vector<Homes>& homes) {
  const size_t count = region.blocks.size();
  Flow flow;
  flow.dirty_before.resize(region.insns.size());
  flow.dirty_after.resize(count);
  flow.live_in.resize(count);
  std::vector<Effects> effects;
  effects.reserve(region.insns.size());
  for (const IrInsn& insn : region.insns) effects.push_back(effects_of(region, insn));
  for (const Node& n : region.nodes) flow.uses_fp = flow.uses_fp || touches_fp(n.op);

  const auto homes_of = [&](size_t block) -> const Homes& { return homes[region.blocks[block].zone]; };
  // What stays in its place on the way from one block to another.
  const auto stays = [&](size_t from, size_t to) {
    return region.blocks[from].zone == region.blocks[to].zone ? homes_of(from).mapped : shared_homes(homes_of(from), homes_of(to));
  };

  // Forwards: what has been written since the region was entered.
  std::vector<RegSet> dirty_in(count);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = 0; b < count; ++b) {
      const IrBlock& block = region.blocks[b];
      RegSet dirty = dirty_in[b];
      for (uint32_t i = block.first; i < block.end; ++i) {
        flow.dirty_before[i] = dirty;
        dirty |= effects[i].writes & homes_of(b).mapped;
      }
      flow.dirty_after[b] = dirty;
      for_each_successor(block, [&](size_t to) {
        const RegSet kept = dirty & stays(b, to);
        if ((kept & ~dirty_in[to]) != 0) changed = true;
        dirty_in[to] |= kept;
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
      for_each_successor(block, [&](size_t to) { live |= flow.live_in[to] & stays(b, to); });
      for (uint32_t i = block.end; i-- > block.first;) {
        live &= ~effects[i].writes;
        live |= effects[i].reads & homes_of(b).mapped;
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
