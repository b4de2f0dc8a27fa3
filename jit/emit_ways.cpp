// From IR to host code: the ways into a region and out of it.
#include <cstddef>
#include <optional>
#include <utility>

#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdx;
using x86::r15;

}  // namespace

void Emitter::store_dirty(RegSet dirty) {
  for (unsigned n = 0; n < 32; ++n) {
    if ((dirty & x_bit(n)) != 0) a.mov(x_memory(n), x_home(n));
    if ((dirty & f_bit(n)) != 0) a.vmovq(f_memory(n), xmm(homes_->f[n]));
  }
}

void Emitter::load_live(RegSet live) {
  for (unsigned n = 0; n < 32; ++n) {
    if ((live & x_bit(n)) != 0) a.mov(x_home(n), x_memory(n));
    if ((live & f_bit(n)) != 0) a.vmovq(xmm(homes_->f[n]), f_memory(n));
  }
}

Label Emitter::leave_here() {
  if (leave_here_.isValid()) return leave_here_;
  leave_here_ = a.newLabel();
  later([this, at = leave_here_, insn = insn_, dirty = flow_.dirty_before[insn_], pending = state_.pending] {
    const uint16_t offset = region_.insns[insn].offset;
    a.bind(at);
    count(Way::kFloating, offset, insn);
    unfetch(region_.insns[insn]);
    store_dirty(dirty);
    retire(pending);
    a.mov(rax, state_field(offsetof(HartState, region_base)));
    a.add(rax, static_cast<int32_t>(offset));
    a.jmp(routine(Routine::kLeave));
  });
  return leave_here_;
}

// Code for a way out to `offset`; the label is where it starts.
Label Emitter::exit_to(int64_t offset, RegSet dirty, int pending) {
  Label at = a.newLabel();
  later([this, at, offset, dirty, pending] {
    a.bind(at);
    emit_exit(offset, dirty, pending);
  });
  return at;
}

void Emitter::emit_exit(int64_t offset, RegSet dirty, int pending) {
  store_dirty(dirty);
  Label out_of_budget = a.newLabel();
  // Also with nothing pending: what was taken off on the way here may not have been tested yet.
  retire_or_leave(pending, out_of_budget);
  const bool is_local = offset >= 0 && offset < static_cast<int64_t>(kPageSize);
  count(is_local ? Way::kDirect : Way::kOtherPage, offset);
  if (is_local) {
    // A jump whose displacement is patched when the target gets code: aligned, so that it changes at once.
    const size_t record = new_exit_();
    Label unresolved = a.newLabel();
    constexpr size_t kOpcodeBytes = 1, kFieldBytes = 4;
    while ((a.offset() + kOpcodeBytes) % kFieldBytes != 0) a.nop();
    a.long_().jmp(unresolved);
    Label end = a.newLabel();
    a.bind(end);
    exits_.push_back({end, offset, record});
    a.bind(unresolved);
    count(Way::kUnlinked, offset);
    a.movabs(rcx, 0);
    addresses_.push_back({a.offset() - sizeof(uint64_t), nullptr, record});
    a.jmp(routine(Routine::kResolve));
  } else {
    // Into another page: what is mapped there decides.
    a.mov(rax, state_field(offsetof(HartState, region_base)));
    a.add(rax, static_cast<int32_t>(offset));
    Label miss = a.newLabel();
    jump_by_table(miss);
    a.bind(miss);
    count(Way::kOtherPageMiss, offset);
    a.jmp(routine(Routine::kLookUp));
  }
  a.bind(out_of_budget);
  count(Way::kBudget, offset);
  a.mov(rax, state_field(offsetof(HartState, region_base)));
  a.add(rax, static_cast<int32_t>(offset));
  a.jmp(routine(Routine::kLeave));
}

void Emitter::set_link(unsigned reg) {
  if (reg == 0) return;
  const IrInsn& insn = region_.insns[insn_];
  const int32_t next = insn.offset + insn.insn.length;
  const Gp to = has_home(reg) ? x_home(reg) : Gp(rcx);
  a.mov(to, state_field(offsetof(HartState, region_base)));
  a.add(to, next);
  if (!has_home(reg)) a.mov(x_memory(reg), to);
}

// To the code for the address in rax, as the jump table of the context in force has it, or to `miss`. Where memory is
// modelled it may be that another page is fetched from.
void Emitter::jump_by_table(const Label& miss) {
  constexpr auto kTable = static_cast<int32_t>(offsetof(FetchTlb, jump));
  // jump_slot: its index times two, the size of an entry being 16 bytes and the largest scale 8.
  static_assert(sizeof(JumpEntry) == 2 * 8);
  a.mov(rdx, state_field(offsetof(HartState, view) + offsetof(HostTlbView, fetch)));
  a.mov(x86::ecx, x86::eax);
  a.shr(x86::ecx, kJumpFold);
  a.xor_(x86::ecx, x86::eax);
  a.and_(x86::ecx, (kJumpEntries - 1) << 1);
  a.cmp(rax, x86::qword_ptr(rdx, rcx, 3, kTable));
  a.jne(miss);
  if (!model_.notes_fetch_tlb) {
    a.jmp(x86::qword_ptr(rdx, rcx, 3, kTable + 8));
    return;
  }
  a.mov(x86::r11, x86::qword_ptr(rdx, rcx, 2, static_cast<int32_t>(offsetof(FetchTlb, jump_time))));
  a.mov(rcx, x86::qword_ptr(rdx, rcx, 3, kTable + 8));
  a.mov(x86::qword_ptr(x86::r11), time_now(rdx, 0));
  a.mov(x86::byte_ptr(rbp, static_cast<int32_t>(offsetof(HartState, view) + offsetof(HostTlbView, has_moved))), 1);
  a.jmp(rcx);
}

// Where an indirect jump leads that always leads to one place, as when the caller of a function is known.
std::optional<Place> Emitter::known_target(const IrBlock& block, NodeId target) const {
  const Node& n = node(target);
  int64_t mask = 0, offset = 0;
  if (n.op != IrOp::kAnd || !is_const32(n.b, &mask) || mask != -2) return std::nullopt;
  const Node& at = node(n.a);
  const bool is_sum = at.op == IrOp::kAdd && node(at.a).op == IrOp::kPageBase && is_const32(at.b, &offset);
  if (!is_sum && at.op != IrOp::kPageBase) return std::nullopt;
  Place place{offset & mask, -1};
  for (size_t i = 0; i < block.likely_count; ++i)
    if (region_.blocks[static_cast<size_t>(block.likely[i])].start == place.offset) place.block = block.likely[i];
  return place;
}

void Emitter::jump_to(const IrBlock& block, NodeId target, unsigned link) {
  if (const auto place = known_target(block, target)) {
    if (is_backward(*place, block_)) settle_budget(true);
    set_link(link);
    return go_to(*place, block_);
  }
  take(rax);
  into(rax, target);
  restore_window();
  set_link(link);
  const RegSet dirty = flow_.dirty_after[block_];
  Label leave = a.newLabel(), miss = a.newLabel();
  retire_or_leave(state_.pending, leave);
  state_.pending = 0;
  if (block.likely_count != 0) {
    a.mov(rcx, rax);
    a.sub(rcx, state_field(offsetof(HartState, region_base)));
    for (size_t i = 0; i < block.likely_count; ++i) {
      const auto to = static_cast<size_t>(block.likely[i]);
      a.cmp(rcx, region_.blocks[to].start);
      a.je(way_to(block_, to));
    }
  }
  store_dirty(dirty);
  count(Way::kIndirect);
  jump_by_table(miss);
  later([this, leave, miss, dirty] {
    a.bind(leave);
    store_dirty(dirty);
    count(Way::kBudget);
    a.jmp(routine(Routine::kLeave));
    a.bind(miss);
    count(Way::kIndirectMiss);
    a.jmp(routine(Routine::kLookUp));
  });
}

// The block may be run by the interpreter a few times until they hold.
void Emitter::emit_fp_tests(const FpFacts& facts, const IrBlock& block) {
  if (!facts.is_any()) return;
  // Reports name the instruction that first asks for it.
  uint32_t asks = block.first;
  while (asks + 1 < region_.insns.size() && !is_fp(region_.insns[asks].insn)) ++asks;
  Label fails = a.newLabel();
  later([this, fails, asks, start = block.start] {
    a.bind(fails);
    count(Way::kFloating, start, asks);
    a.mov(rax, state_field(offsetof(HartState, region_base)));
    a.add(rax, static_cast<int32_t>(start));
    a.jmp(routine(Routine::kLeave));
  });
  const uint32_t rounding = facts.rounding | (facts.is_fs_dirty ? 1u << kNoRounding : 0);
  if (rounding != 0) {
    const size_t field = facts.is_fs_dirty ? offsetof(HartState, rounding_ok_dirty) : offsetof(HartState, rounding_ok);
    a.mov(x86::eax, x86::dword_ptr(rbp, static_cast<int32_t>(field)));
    a.not_(x86::eax);
    a.test(x86::eax, rounding);
    a.jnz(fails);
  }
  for (unsigned n = 0; n < 32; ++n) {
    if (((facts.boxed >> n) & 1) == 0) continue;
    a.cmp(x86::dword_ptr(rbp, static_cast<int32_t>(offsetof(HartState, f) + 8 * size_t{n} + 4)), -1);
    a.jne(fails);
  }
}

void Emitter::emit_entry(const IrBlock& block, size_t index) {
  homes_ = &all_homes_[block.zone];
  Entry entry{block.start, a.newLabel(), a.newLabel()};
  const size_t length = is_windowed_ ? kWindowIndirectBytes : kIndirectBytes;
  while ((a.offset() + length) % 8 != 0) a.int3();
  const size_t indirect = a.offset();
  a.and_(rax, -static_cast<int32_t>(kPageSize));
  a.mov(state_field(offsetof(HartState, region_base)), rax);
  if (is_windowed_) {
    load_window();  // none where the context in force has another one than this code
    a.test(x86::r11, x86::r11);
    a.long_().jz(entry.leave);
    a.mov(x86::r14, window_bound(half_));
  } else {
    a.mov(x86::r14, state_field(offsetof(HartState, view) + offsetof(HostTlbView, data)));
  }
  if (a.offset() - indirect != length) __builtin_trap();
  // The first eight bytes are replaced at once when the region is retired.
  a.bind(entry.direct);
  const size_t start = a.offset();
  count(Way::kEntry, block.start);
  load_live(flow_.live_in[index] & homes_->mapped);
  emit_fp_tests(fp_at_start_[index], block);
  a.long_().jmp(block_labels_[index]);
  while (a.offset() - start < 8) a.nop();
  a.bind(entry.leave);
  count(Way::kRetired, block.start);
  a.mov(rax, state_field(offsetof(HartState, region_base)));
  a.add(rax, static_cast<int32_t>(block.start));
  a.jmp(routine(Routine::kLookUp));  // jump tables that still lead here learn better
  entries_.push_back(entry);
}

}  // namespace rvx::jit
