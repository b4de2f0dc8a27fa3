// Finds accesses that one TLB check can serve.
#include <algorithm>
#include <array>
#include <utility>

#include "jit/passes.hpp"
#include "mmu/window.hpp"

namespace rvx::jit {
namespace {

constexpr int64_t kLongestWindowRange = int64_t{1} << 19;
static_assert(kLongestWindowRange < static_cast<int64_t>(kWindowGuard) / 2);
constexpr size_t kMostOpen = 32;  // in a window, where a group has no slot

// An integer register's value as another value plus a number of bytes.
struct Symbol {
  uint32_t base = 0;
  int64_t offset = 0;
};

struct OpenGroup {
  uint32_t base = 0;
  int64_t low = 0, high = 0;  // bytes from the base
  int64_t leader = 0;         // the leader's offset from the base
  int index = -1;
};

struct State {
  std::array<Symbol, 32> x{};
  std::vector<OpenGroup> open;  // oldest first
  unsigned created = 0;         // groups on the way here
  int last = -1;                // index of the last access's group
};

class Merger {
 public:
  Merger(const Region& region, const std::function<bool(uint16_t)>& merges, bool windowed, int64_t longest)
      : region_(region), merges_(merges), windowed_(windowed), longest_(longest) {
    checks_.group_of.assign(region.nodes.size(), -1);
  }

  Checks run() {
    std::vector<State> at_end(region_.blocks.size());
    for (size_t b = 0; b < region_.blocks.size(); ++b) {
      const IrBlock& block = region_.blocks[b];
      const bool inherits = !block.is_entry && block.only_predecessor >= 0 && static_cast<size_t>(block.only_predecessor) < b;
      State state;
      if (inherits) {
        state = at_end[static_cast<size_t>(block.only_predecessor)];
      } else {
        for (Symbol& s : state.x) s = {fresh(), 0};
      }
      for (uint32_t i = block.first; i < block.end; ++i) walk(region_.insns[i], state);
      at_end[b] = std::move(state);
    }
    return std::move(checks_);
  }

 private:
  uint32_t fresh() { return ++last_base_; }
  const Node& node(NodeId id) const { return region_.nodes[static_cast<size_t>(id)]; }

  Symbol symbol_of(NodeId id, const State& state) {
    const Node& n = node(id);
    if (n.op == IrOp::kGetX) return state.x[n.reg];
    if (n.op == IrOp::kAdd && node(n.b).op == IrOp::kConst) {
      Symbol s = symbol_of(n.a, state);
      s.offset += node(n.b).k;
      return s;
    }
    if (n.op == IrOp::kPageBase) return {kPage, 0};
    return {fresh(), 0};
  }

  void walk(const IrInsn& insn, State& state) {
    for (NodeId id = insn.first; id < insn.end; ++id) {
      const Node& n = node(id);
      if (n.op == IrOp::kLoad || n.op == IrOp::kStore) access(insn, id, state);
      if (n.op == IrOp::kSetX && !n.is_dead) state.x[n.reg] = symbol_of(n.a, state);
      if (n.op == IrOp::kJump || n.op == IrOp::kJumpTo) state.x[n.reg] = {fresh(), 0};
      if (n.op == IrOp::kCall) {
        state.x[insn.insn.rd] = {fresh(), 0};
        state.x[(insn.insn.rd + 1u) & 31] = {fresh(), 0};
      }
    }
  }

  void access(const IrInsn& insn, NodeId id, State& state) {
    const Node& n = node(id);
    const bool is_write = n.op == IrOp::kStore;
    const Symbol at = symbol_of(n.a, state);
    const int64_t low = at.offset, high = at.offset + static_cast<int64_t>(size_of(n.type));
    const int before = std::exchange(state.last, -1);
    if (!merges_(insn.offset)) return;
    for (OpenGroup& open : state.open) {
      CheckGroup& group = checks_.groups[static_cast<size_t>(open.index)];
      if (open.base != at.base || (is_write && !group.is_write && !windowed_)) continue;
      const int64_t new_low = std::min(low, open.leader + group.low), new_high = std::max(high, open.leader + group.high);
      if (new_high - new_low > (windowed_ ? kLongestWindowRange : longest_)) continue;
      group.low = new_low - open.leader;
      group.high = new_high - open.leader;
      ++group.members;
      group.is_interleaved |= before != open.index;
      state.last = open.index;
      checks_.group_of[static_cast<size_t>(id)] = open.index;
      return;
    }
    CheckGroup group;
    group.low = 0;
    group.high = high - low;
    group.leader = id;
    group.is_write = is_write;
    // The group that loses its slot is the one that leaves state.open below.
    group.slot = state.created++ % kCheckSlots;
    checks_.group_of[static_cast<size_t>(id)] = static_cast<int>(checks_.groups.size());
    OpenGroup open;
    open.base = at.base;
    open.leader = low;
    open.index = static_cast<int>(checks_.groups.size());
    state.last = open.index;
    checks_.groups.push_back(group);
    if (state.open.size() == (windowed_ ? kMostOpen : kCheckSlots)) state.open.erase(state.open.begin());
    state.open.push_back(open);
  }

  static constexpr uint32_t kPage = 1;
  const Region& region_;
  const std::function<bool(uint16_t)>& merges_;
  const bool windowed_;
  const int64_t longest_;
  Checks checks_;
  uint32_t last_base_ = kPage;
};

}  // namespace

Checks merge_checks(const Region& region, const std::function<bool(uint16_t offset)>& merges, bool windowed, int64_t longest) {
  return Merger(region, merges, windowed, longest).run();
}

}  // namespace rvx::jit
