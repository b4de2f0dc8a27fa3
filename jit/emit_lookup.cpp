// From IR to host code: the look into the host TLB, and what is looked at and noted where memory is modelled.
#include <array>
#include <cstddef>
#include <span>

#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::ecx;
using x86::r11;
using x86::r14;
using x86::r15;
using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdx;
using x86::rsp;

constexpr size_t kView = offsetof(HartState, view);

Mem kept_of(const CheckGroup& group, Kept what) {
  return x86::qword_ptr(rsp, 8 * static_cast<int32_t>(group.slot + kCheckSlots * static_cast<unsigned>(what)));
}
constexpr int32_t field_of(Kept what) {
  return static_cast<int32_t>(what == Kept::kAddend     ? offsetof(ModelledEntry, addend)
                              : what == Kept::kTlbTime  ? offsetof(ModelledEntry, tlb_time)
                                                        : offsetof(ModelledEntry, cache_time));
}

int32_t table_of(bool is_modelled, bool is_write) {
  if (is_modelled) return static_cast<int32_t>(is_write ? offsetof(DataTlb, modelled_write) : offsetof(DataTlb, modelled_read));
  return static_cast<int32_t>(is_write ? offsetof(DataTlb, write) : offsetof(DataTlb, read));
}

}  // namespace

// What has an entry of its own in the tables that code looks into: a page, or a line of a modelled cache. As bits of
// an address in it.
uint32_t Emitter::unit_shift() const noexcept { return model_.data_shift != 0 ? model_.data_shift : kPageShift; }

// Entries have 16 bytes, or 32 with a model.
uint32_t Emitter::entry_shift() const noexcept { return model_.is_there ? 5 : 4; }

// From an address, whose low half `va` has, to the place of its entry in the tables: bytes, in rcx. With a model it may change
// rdx, which may be va.
void Emitter::find_entry(const Gp& va) {
  a.rorx(ecx, va.r32(), unit_shift() - entry_shift());
  if (model_.is_there && is_folded(unit_shift())) {  // as in modelled_slot
    a.rorx(x86::edx, va.r32(), unit_shift() + kModelledBits - entry_shift());
    a.xor_(ecx, x86::edx);
  }
  a.and_(ecx, static_cast<int32_t>(((model_.is_there ? kModelledEntries : kDataTlbEntries) - 1) << entry_shift()));
}

// The addend of the data TLB's entry whose place there rcx has, if rdx is its tag. Changes rcx; with a model rdx and r11
// too, and the time of the access is noted. Only code without a window has that TLB's address at hand.
void Emitter::take_addend(bool is_write, Gp to, const Label& stub, const CheckGroup* group) {
  const int32_t table = table_of(model_.is_there, is_write);
  if (is_windowed_) a.add(rcx, state_field(kView + offsetof(HostTlbView, data)));
  const Mem tag = is_windowed_ ? x86::qword_ptr(rcx, table) : x86::qword_ptr(r14, rcx, 0, table);
  a.cmp(rdx, tag);
  a.jne(stub);
  if (model_.is_there) state_.addend = -1;
  if (model_.notes_data()) {
    const Gp now = time_now(rdx, state_.pending);
    for (const Kept which : noted_times()) {
      a.mov(r11, tag.cloneAdjusted(field_of(which)));
      a.mov(x86::qword_ptr(r11), now);
      if (group != nullptr) a.mov(kept_of(*group, which), r11);
    }
  }
  a.mov(to, tag.cloneAdjusted(8));
  if (group != nullptr) a.mov(kept_of(*group, Kept::kAddend), to);
}

// What of an entry is where times are noted.
std::span<const Kept> Emitter::noted_times() const noexcept {
  static constexpr std::array kTimes = {Kept::kTlbTime, Kept::kCacheTime};
  return {kTimes.data() + (model_.notes_data_tlb ? 0 : 1), static_cast<size_t>(model_.notes_data_tlb) + static_cast<size_t>(model_.notes_data_cache)};
}

// Where the time on the model's clock is, so many instructions after r15 was brought up to date: r15 or the other one.
Gp Emitter::time_now(const Gp& scratch, int pending) {
  if (pending == 0) return r15;
  a.lea(scratch, x86::ptr(r15, pending));
  return scratch;
}

// As reach(), where memory is modelled: `use` emits the access itself. A shared check holds until C++ runs, which may take
// away from the model what was checked: then no addend is left, neither in r11 nor where it is kept, and accesses check by
// themselves. Each notes its time, but where the one before it was to the same page or line: then nothing can have come
// between.
void Emitter::access_modelled(NodeId id, Gp base, int32_t offset, const std::function<void(const Mem& at)>& use,
                              const std::function<void(Label stub, Label back)>& slow) {
  const Node& n = node(id);
  const bool is_write = n.op == IrOp::kStore;
  const auto size = static_cast<int32_t>(size_of(n.type));
  const int index = checks_.group_of[static_cast<size_t>(id)];
  const CheckGroup* group = index >= 0 ? &checks_.groups[static_cast<size_t>(index)] : nullptr;
  if (group != nullptr && group->members < 2) group = nullptr;
  const bool is_leader = group != nullptr && group->leader == id;
  // Only where that is foreseen is anything kept for members that do not follow one another.
  const bool follows = group != nullptr && state_.addend == index;
  if (group != nullptr && !is_leader && !follows && !group->is_interleaved) group = nullptr;
  const CheckGroup* const keeps = group != nullptr && group->is_interleaved ? group : nullptr;
  // The addend of the `span` bytes from base + from on, to r11.
  const auto check = [this, base, is_write](int32_t from, int32_t span, const Label& stub, const CheckGroup* keeps) {
    Gp start = base;
    if (from != 0) {
      a.lea(rdx, x86::ptr(base, from));
      start = rdx;
    }
    find_entry(start);
    if (from + span == 1) a.mov(rdx, base);
    else a.lea(rdx, x86::ptr(base, from + span - 1));
    a.and_(rdx, unit_tag());
    take_addend(is_write, r11, stub, keeps);
  };
  const auto use_r11 = [this, base, offset, use] {
    taken_ = 1u << host::kRax | 1u << host::kRcx | 1u << host::kR11;
    use(x86::ptr(base, r11, 0, offset));
  };

  Label stub = a.newLabel(), back = a.newLabel(), alone = a.newLabel();
  if (group == nullptr) {
    check(offset, size, stub, nullptr);
  } else if (is_leader) {
    check(offset + static_cast<int32_t>(group->low), static_cast<int32_t>(group->high - group->low), alone, keeps);
  } else {
    if (!follows) a.mov(r11, kept_of(*group, Kept::kAddend));
    a.test(r11, r11);
    a.jz(alone);
    if (!follows && model_.notes_data()) {
      const Gp now = time_now(rcx, state_.pending);
      for (const Kept which : noted_times()) {
        a.mov(rdx, kept_of(*group, which));
        a.mov(x86::qword_ptr(rdx), now);
      }
    }
  }
  later_here([=, this] {
    if (group != nullptr) {
      a.bind(alone);
      if (is_leader && keeps != nullptr) a.mov(kept_of(*group, Kept::kAddend), 0);
      check(offset, size, stub, nullptr);
      use_r11();
      a.xor_(r11.r32(), r11.r32());
      a.jmp(back);
    }
    a.bind(stub);
    if (base.id() != rax.id() || offset != 0) a.lea(rax, x86::ptr(base, offset));
    taken_ = 1u << host::kRax | 1u << host::kRdx | 1u << host::kR11;
    slow(stub, back);
    a.jmp(back);
  });
  use_r11();
  a.bind(back);
  state_.addend = group != nullptr ? index : -1;
}

uint32_t Emitter::line_number(int line) const noexcept {
  return static_cast<uint32_t>((region_.physical - model_.ram_base) >> model_.fetch_shift) + static_cast<uint32_t>(line);
}

// The interpreter will fetch the instruction again, of which it is to see no line but the last as a new one.
void Emitter::unfetch(const IrInsn& insn) {
  if (model_.fetch_shift == 0) return;
  const int first = insn.offset >> model_.fetch_shift, last = (insn.offset + insn.insn.length - 1) >> model_.fetch_shift;
  if (first != last) a.mov(x86::dword_ptr(rbp, static_cast<int32_t>(kView + offsetof(HostTlbView, fetched_line))), line_number(first));
}

// The instruction's lines of code, where the instruction before came from another one.
void Emitter::fetch_lines(const IrInsn& insn) {
  const int first = insn.offset >> model_.fetch_shift, last = (insn.offset + insn.insn.length - 1) >> model_.fetch_shift;
  for (int line = first; line <= last; ++line) {
    if (line == state_.line) continue;
    state_.line = line;
    const uint32_t number = line_number(line);
    Label stub = a.newLabel(), back = a.newLabel();
    a.mov(rcx, state_field(kView + offsetof(HostTlbView, line_time)));
    a.mov(x86::edx, number);
    a.mov(rcx, x86::qword_ptr(rcx, rdx, 3));
    a.test(rcx, rcx);
    a.jz(stub);
    a.mov(x86::dword_ptr(rbp, static_cast<int32_t>(kView + offsetof(HostTlbView, fetched_line))), x86::edx);
    if (model_.notes_fetch_cache) a.mov(x86::qword_ptr(rcx), time_now(rdx, state_.pending));
    a.bind(back);
    Site* site = site_here(insn, Site::Kind::kLine);
    later_here([this, stub, back, site, number] {
      a.bind(stub);
      a.mov(x86::eax, number);
      call_slow(site);
      a.jmp(back);
    });
  }
}

}  // namespace rvx::jit
