// From IR to host code: blocks, and the ways between them.
#include <cstddef>
#include <utility>

#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::rax;
using x86::rcx;
using x86::r15;

}  // namespace

Emitter::Emitter(CodeHolder& code, const Region& region, const std::vector<Homes>& homes, const Flow& flow, const Checks& checks,
                 std::function<Site*()> new_site, std::function<size_t()> new_exit)
    : a(&code), region_(region), all_homes_(homes), homes_(&homes.front()), flow_(flow), checks_(checks), new_site_(std::move(new_site)),
      new_exit_(std::move(new_exit)), at_end_(region.blocks.size()), fp_at_start_(trace_fp(region)) {}

Mem Emitter::x_memory(unsigned n) const { return state_field(offsetof(HartState, x) + 8 * size_t{n}); }
Mem Emitter::f_memory(unsigned n) const { return state_field(offsetof(HartState, f) + 8 * size_t{n}); }

void Emitter::later_here(std::function<void()> f) {
  later([this, f = std::move(f), state = state_, insn = insn_, block = block_] {
    state_ = state;
    insn_ = insn;
    block_ = block;
    f();
  });
}

void Emitter::run() {
  for (size_t i = 0; i < region_.blocks.size(); ++i) block_labels_.push_back(a.newLabel());
  // Blocks need not be in the order of their instructions.
  for (size_t i = 0; i < region_.insns.size(); ++i) insn_labels_.push_back(a.newLabel());
  for (size_t i = 0; i < region_.blocks.size(); ++i) emit_block(i);
  blocks_end_ = a.newLabel();
  a.bind(blocks_end_);
  for (size_t i = 0; i < region_.blocks.size(); ++i)
    if (region_.blocks[i].is_entry) emit_entry(region_.blocks[i], i);
  for (size_t i = 0; i < cold_.size(); ++i) std::exchange(cold_[i], nullptr)();
  a.align(asmjit::AlignMode::kData, 8);
  for (const auto& [bits, label] : constants_) {
    a.bind(label);
    a.embedUInt64(bits);
  }
}

void Emitter::emit_block(size_t index) {
  const IrBlock& block = region_.blocks[index];
  block_ = index;
  homes_ = &all_homes_[block.zone];
  a.bind(block_labels_[index]);
  const bool inherits = !block.is_entry && block.only_predecessor >= 0 && static_cast<size_t>(block.only_predecessor) < index;
  count(Way::kBlock, block.start, block.first);
  if (inherits) {
    state_ = at_end_[static_cast<size_t>(block.only_predecessor)];
  } else {
    const FpFacts& known = fp_at_start_[index];
    state_ = State{.rounding = known.rounding, .boxed = known.boxed, .is_fs_dirty = known.is_fs_dirty};
  }
  for (uint32_t i = block.first; i < block.end; ++i) emit_insn(i);
  end_block(block, index);
}

void Emitter::emit_insn(uint32_t index) {
  insn_ = index;
  const IrInsn& insn = region_.insns[index];
  a.bind(insn_labels_[index]);
  if (model_.fetch_shift != 0) fetch_lines(insn);
  for (NodeId id = insn.first; id < insn.end; ++id) {
    release();
    emit_effect(insn, id);
    restore_window();
  }
  leave_here_ = Label();
  ++state_.pending;
}

void Emitter::emit_effect(const IrInsn& insn, NodeId id) {
  const Node& n = node(id);
  // Values are computed where they are used.
  const IrClass c = info(n.op).cls;
  if ((c != IrClass::kEffect && c != IrClass::kAccess) || (n.op == IrOp::kLoad && n.uses != 0)) return;
  if (waiting_nan_ >= 0 && !may_wait(insn, n)) settle_nan();
  switch (n.op) {
    case IrOp::kSetX: return set_x(insn, n);
    case IrOp::kSetF: return set_f(insn, n);
    case IrOp::kTouchF: return require_fp(insn);
    case IrOp::kStore: return store(insn, id);
    case IrOp::kLoad: return load(insn, id, take());
    case IrOp::kLoadReserved:
    case IrOp::kStoreConditional:
    case IrOp::kAmo:
    case IrOp::kAmoCas: return atomic(insn, id);
    case IrOp::kFence: a.lock().or_(x86::dword_ptr(x86::rsp), 0); return;
    case IrOp::kPause: a.inc(state_field(offsetof(HartState, pauses))); return;
    case IrOp::kCall: return call_row_here(insn);
    case IrOp::kEvent: return call_slow(site_here(insn, Site::Kind::kSystem));
    default: return;  // control: where the block ends
  }
}

void Emitter::count(Way way, int64_t offset, uint32_t insn) {
  if (tallies_ == nullptr) return;
  Tally& tally = tallies_->cells.emplace_back(Tally{way, insn, offset});
  const size_t start = a.offset();
  a.mov(rcx, reinterpret_cast<uint64_t>(&tally.count));
  a.inc(x86::qword_ptr(rcx));
  tallies_->counting_bytes += a.offset() - start;
}

// --- from block to block --------------------------------------------------------------------------

Emitter::Move Emitter::move_between(size_t from, size_t to) const {
  const IrBlock &a_block = region_.blocks[from], &b_block = region_.blocks[to];
  if (a_block.zone == b_block.zone) return {0, 0};
  const Homes &old_homes = all_homes_[a_block.zone], &new_homes = all_homes_[b_block.zone];
  const RegSet stays = shared_homes(old_homes, new_homes);
  return {flow_.dirty_after[from] & ~stays, flow_.live_in[to] & new_homes.mapped & ~stays};
}

void Emitter::emit_move(const Move& move, size_t from, size_t to) {
  // By way of memory: what one zone has in a register another may have in that register's neighbour.
  homes_ = &all_homes_[region_.blocks[from].zone];
  store_dirty(move.stored);
  homes_ = &all_homes_[region_.blocks[to].zone];
  load_live(move.loaded);
}

Label Emitter::way_to(size_t from, size_t to) {
  const Move move = move_between(from, to);
  if (!move.is_any()) return block_labels_[to];
  Label at = a.newLabel();
  later([this, at, move, from, to] {
    a.bind(at);
    emit_move(move, from, to);
    a.jmp(block_labels_[to]);
  });
  return at;
}

// Whether the block at `place` starts without knowing where control came from.
bool Emitter::is_merge(const Place& place, size_t from) const {
  if (place.block < 0) return false;
  const IrBlock& to = region_.blocks[static_cast<size_t>(place.block)];
  return to.is_entry || to.only_predecessor != static_cast<int>(from) || static_cast<size_t>(place.block) <= from;
}

// Bring r15 up to date.
void Emitter::retire(int instructions) {
  if (instructions == 0) return;
  if (model_.is_there) a.add(r15, instructions);
  else a.sub(r15, instructions);
}

// The same; leave where the budget is used up.
void Emitter::retire_or_leave(int instructions, const Label& leave) {
  retire(instructions);
  if (model_.is_there) {
    a.cmp(r15, state_field(offsetof(HartState, model_limit)));
    a.jg(leave);
  } else {
    if (instructions == 0) a.test(r15, r15);
    a.js(leave);
  }
}

// Take what is pending off the budget; if it is to be tested, leave before the block's last
// instruction (a branch or jump) when it is used up.
void Emitter::settle_budget(bool tests) {
  if (!tests) {
    retire(state_.pending);
  } else {
    Label out = a.newLabel();
    retire_or_leave(state_.pending, out);
    later([this, out, insn = insn_, dirty = flow_.dirty_before[insn_]] {
      a.bind(out);
      count(Way::kBudget, region_.insns[insn].offset, insn);
      unfetch(region_.insns[insn]);
      store_dirty(dirty);
      retire(-1);
      a.mov(rax, state_field(offsetof(HartState, region_base)));
      a.add(rax, static_cast<int32_t>(region_.insns[insn].offset));
      a.jmp(routine(Routine::kLeave));
    });
  }
  state_.pending = 0;
}

void Emitter::go_to(const Place& place, size_t from) {
  if (place.block < 0) {
    emit_exit(place.offset, flow_.dirty_after[from], state_.pending);
    return;
  }
  if (is_merge(place, from)) settle_budget(false);
  go_straight(from, static_cast<size_t>(place.block));
}

void Emitter::go_straight(size_t from, size_t to) {
  emit_move(move_between(from, to), from, to);
  if (to != from + 1) a.jmp(block_labels_[to]);
}

void Emitter::end_block(const IrBlock& block, size_t index) {
  const NodeId last = block.end > block.first ? region_.insns[block.end - 1].end - 1 : kNoNode;
  release();
  settle_nan();
  switch (block.how) {
    case BlockEnd::kLeave: {
      // The next instruction is the interpreter's.
      store_dirty(flow_.dirty_after[index]);
      count(Way::kInterpreter, block.next.offset);
      retire(state_.pending);
      a.mov(rax, state_field(offsetof(HartState, region_base)));
      a.add(rax, static_cast<int32_t>(block.next.offset));
      a.jmp(routine(Routine::kLeave));
      break;
    }
    case BlockEnd::kFall:
      if (is_backward(block.next, index)) {
        retire_or_leave(state_.pending, exit_to(block.next.offset, flow_.dirty_after[index], 0));
        state_.pending = 0;
      }
      go_to(block.next, index);
      break;
    case BlockEnd::kJump:
      if (is_backward(block.taken, index)) settle_budget(true);
      set_link(node(last).reg);
      go_to(block.taken, index);
      break;
    case BlockEnd::kIndirect: jump_to(block, node(last).a, node(last).reg); break;
    case BlockEnd::kBranch: branch(block, index); break;
  }
  at_end_[index] = state_;
}

void Emitter::branch(const IrBlock& block, size_t index) {
  const Place* to = &block.taken;
  const Place* straight = &block.next;
  const bool is_swapped = to->block >= 0 && static_cast<size_t>(to->block) == index + 1 && straight->block != to->block;
  if (is_swapped) std::swap(to, straight);
  if (is_backward(*to, index) || is_backward(*straight, index)) settle_budget(true);
  else if (is_merge(*to, index)) settle_budget(false);
  x86::CondCode taken = compare(node(region_.insns[block.end - 1].end - 1).a);
  restore_window();
  if (is_swapped) taken = x86::negateCond(taken);
  if (to->block >= 0) {
    a.j(taken, way_to(index, static_cast<size_t>(to->block)));
  } else {
    a.j(taken, exit_to(to->offset, flow_.dirty_after[index], state_.pending));
  }
  if (straight->block >= 0) {
    if (is_merge(*straight, index)) retire(state_.pending);
    go_straight(index, static_cast<size_t>(straight->block));
  } else {
    emit_exit(straight->offset, flow_.dirty_after[index], state_.pending);
  }
}

}  // namespace rvx::jit
