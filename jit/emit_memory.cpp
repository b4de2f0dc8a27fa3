// From IR to host code: loads, stores and atomics through the host TLB, and calls of the interpreter's bodies.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "cpu/isa/fp_format.hpp"
#include "cpu/row_calls.hpp"
#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::r11;
using x86::r14;
using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdx;
using x86::rsp;

constexpr size_t kDataView = offsetof(HartState, view) + offsetof(HostTlbView, data);

constexpr unsigned kAllTemporaries = 1u << host::kRax | 1u << host::kRcx | 1u << host::kRdx | 1u << host::kR11;
unsigned bit(const Gp& reg) { return 1u << reg.id(); }

Mem slot_of(const CheckGroup& group) { return x86::qword_ptr(rsp, 8 * static_cast<int32_t>(group.slot)); }

}  // namespace

Site* Emitter::site_here(const IrInsn& insn, Site::Kind kind) {
  Site* site = new_site_();
  *site = Site{};
  site->kind = kind;
  site->offset = insn.offset;
  site->retired = static_cast<int16_t>(state_.pending);
  site->op = insn.insn.op;
  site->dirty = flow_.dirty_before[insn_];
  site->zone = static_cast<uint8_t>(region_.blocks[block_].zone);
  site->waiting = -1;
  site->waiting_format = waiting_format_;
  if (waiting_nan_ >= 0) site->waiting = static_cast<int8_t>(std::find(homes_->f.begin(), homes_->f.end(), waiting_nan_) - homes_->f.begin());
  site->insn = operands_of(insn.insn);
  return site;
}

void Emitter::call_slow(const Site* site) {
  a.movabs(rcx, 0);
  addresses_.push_back({a.offset() - sizeof(uint64_t), site, 0});
  a.call(routine(flow_.uses_fp ? Routine::kSlowFp : Routine::kSlow));
}

// An address that is a register plus a constant: the register, loaded into rax if it has no home.
bool Emitter::address_parts(NodeId id, Gp& base, int32_t& offset) {
  const Node* n = &node(id);
  int64_t k = 0;
  if (n->op == IrOp::kAdd && is_const32(n->b, &k)) n = &node(n->a);
  else k = 0;
  if (n->op != IrOp::kGetX) return false;
  if (has_home(n->reg)) {
    base = x_home(n->reg);
  } else {
    base = rax;
    a.mov(rax, x_memory(n->reg));
  }
  offset = static_cast<int32_t>(k);
  return true;
}

// The load or store of node `id`, which `use` emits once it knows where in host memory that is. What misses the TLB goes to
// a stub that `slow` writes: it does the access by itself and goes on at `back`.
void Emitter::access(const IrInsn& insn, NodeId id, const std::function<void(const Mem& at)>& use, const std::function<void(Label stub, Label back)>& slow) {
  take(rax);
  Gp base = rax;
  int32_t offset = 0;
  if (!address_parts(node(id).a, base, offset)) into(rax, node(id).a);
  if (model_.is_there) return access_modelled(id, base, offset, use, slow);
  back_ = Label();
  use(reach(insn, id, base, offset, slow));
  if (back_.isValid()) a.bind(back_);
}

// Where base + offset is in host memory; back_ is to be bound behind the access.
Mem Emitter::reach(const IrInsn& insn, NodeId id, Gp base, int32_t offset, const std::function<void(Label stub, Label back)>& slow) {
  const Node& n = node(id);
  const bool is_write = n.op == IrOp::kStore;
  const auto size = static_cast<int32_t>(size_of(n.type));
  const int index = checks_.group_of[static_cast<size_t>(id)];
  const CheckGroup* group = index >= 0 ? &checks_.groups[static_cast<size_t>(index)] : nullptr;
  if (!is_windowed_ && group != nullptr && group->members > 1) {
    if (group->leader != id) {
      if (state_.addend != index) a.mov(r11, slot_of(*group));
      state_.addend = index;
      taken_ = kAllTemporaries & ~bit(rdx);
      return x86::ptr(base, r11, 0, offset);
    }
    Label stub = a.newLabel(), back = a.newLabel();
    const auto low = static_cast<int32_t>(group->low), span = static_cast<int32_t>(group->high - group->low);
    // rax must keep a base that has no home.
    const Gp start = base.id() == rax.id() ? rdx : rax;
    if (offset + low == 0 && base.id() != rax.id()) {
      find_entry(base);
      a.lea(rdx, x86::ptr(base, span - 1));
    } else {
      a.lea(start, x86::ptr(base, offset + low));
      find_entry(start);
      a.lea(rdx, x86::ptr(base, offset + low + span - 1));
    }
    a.and_(rdx, unit_tag());
    take_addend(group->is_write, r11, stub);
    a.bind(back);
    a.mov(slot_of(*group), r11);
    state_.addend = index;
    Site* site = site_here(insn, Site::Kind::kFill);
    site->is_write = group->is_write;
    site->span = static_cast<uint16_t>(span);
    later([this, stub, back, site, base, offset, low] {
      a.bind(stub);
      // A base without a home is in rax, and must be there again afterwards.
      const bool keeps_base = base.id() == rax.id();
      if (keeps_base) a.mov(rdx, rax);
      a.lea(rax, x86::ptr(base, offset + low));
      call_slow(site);
      if (keeps_base) a.mov(rax, rdx);
      a.jmp(back);
    });
    taken_ = kAllTemporaries & ~bit(rdx);
    return x86::ptr(base, r11, 0, offset);
  }

  window_stub_ = Label();
  if (goes_through_window(id)) return reach_window(id, *group, base, offset, slow);

  Label stub = a.newLabel(), back = a.newLabel();
  Gp va = base;
  if (offset != 0) {
    a.lea(rax, x86::ptr(base, offset));
    va = rax;
  }
  find_entry(va);
  if (size == 1) a.mov(rdx, va);
  else a.lea(rdx, x86::ptr(va, size - 1));
  a.and_(rdx, unit_tag());
  take_addend(is_write, rdx, stub);
  later_here([this, stub, back, va, slow] {
    a.bind(stub);
    if (va.id() != rax.id()) a.mov(rax, va);
    taken_ = kAllTemporaries & ~bit(rcx);
    slow(stub, back);
    a.jmp(back);
  });
  back_ = back;
  taken_ = kAllTemporaries & ~bit(r11);
  return x86::ptr(va, rdx);
}

// The group's first access looks whether its base is an address of the window at all; what is added to it
// stays within the guard. What is not mapped there goes to the stub by way of the host's MMU.
Mem Emitter::reach_window(NodeId id, const CheckGroup& group, Gp base, int32_t offset, const std::function<void(Label stub, Label back)>& slow) {
  Label stub = a.newLabel(), back = a.newLabel();
  if (group.leader == id) {
    a.cmp(base, r14);
    if (half_ == WindowHalf::kLower) a.jae(stub);
    else a.jb(stub);
  }
  later_here([this, stub, back, base, offset, slow] {
    a.bind(stub);
    if (base.id() != rax.id() || offset != 0) a.lea(rax, x86::ptr(base, offset));
    taken_ = kAllTemporaries & ~bit(rcx);
    slow(stub, back);
    a.jmp(back);
  });
  back_ = back;
  window_stub_ = stub;
  taken_ |= bit(r11);  // What is computed from here to the access must not touch it.
  return x86::ptr(base, r11, 0, offset);
}

void Emitter::mark_access() {
  if (!window_stub_.isValid()) return;
  window_accesses_.push_back({a.newLabel(), window_stub_});
  a.bind(window_accesses_.back().at);
  window_stub_ = Label();
}

void Emitter::load_window() {
  a.mov(r11, state_field(kDataView));
  a.mov(r11, x86::qword_ptr(r11, static_cast<int32_t>(offsetof(DataTlb, window) + 8 * static_cast<size_t>(half_))));
}

// The base of the window, after r11 was used for something else.
void Emitter::restore_window() {
  if (is_windowed_ && is_window_lost_) load_window();
  is_window_lost_ = false;
}

void Emitter::load_from(IrType type, Gp to, const Mem& from) {
  Mem m = from;
  m.setSize(size_of(type));
  mark_access();
  switch (type) {
    case IrType::kI8:
    case IrType::kI16: a.movsx(to, m); break;
    case IrType::kI32: a.movsxd(to, m); break;
    case IrType::kU8:
    case IrType::kU16: a.movzx(to.r32(), m); break;
    case IrType::kU32: a.mov(to.r32(), m); break;
    default: a.mov(to, m); break;
  }
}

void Emitter::load(const IrInsn& insn, NodeId id, Gp to) {
  const Node& n = node(id);
  Site* site = site_here(insn, Site::Kind::kLoad);
  site->type = n.type;
  site->is_windowed = goes_through_window(id);
  const auto use = [this, type = n.type, to](const Mem& at) { load_from(type, to, at); };
  access(insn, id, use, [this, site, to](Label, Label) {
    call_slow(site);
    if (to.id() != rax.id()) a.mov(to, rax);
  });
}

void Emitter::load_fp(const IrInsn& insn, NodeId id, Xmm to, FpFormat format) {
  const Node& n = node(id);
  Site* site = site_here(insn, Site::Kind::kLoad);
  site->type = n.type;
  site->is_windowed = goes_through_window(id);
  site->is_floating = true;
  const auto use = [this, to, format](const Mem& at) {
    Mem from = at;
    mark_access();
    if (format == FpFormat::kHalf) {
      from.setSize(2);
      a.vpbroadcastw(to, from);
    } else if (format == FpFormat::kSingle) {
      from.setSize(4);
      a.vmovss(to, from);
    } else {
      from.setSize(8);
      a.vmovsd(to, from);
    }
  };
  access(insn, id, use, [this, site, to](Label, Label) {
    call_slow(site);
    a.vmovq(to, rax);
  });
  if (format == FpFormat::kHalf) a.vorps(to, to, constant(isa::fp::box<isa::fp::F16>(0)));
  if (format == FpFormat::kSingle) a.vorps(to, to, constant(isa::fp::box<isa::fp::F32>(0)));
}

void Emitter::store(const IrInsn& insn, NodeId id) {
  const Node& n = node(id);
  Site* site = site_here(insn, Site::Kind::kStore);
  site->type = n.type;
  site->is_windowed = goes_through_window(id);
  if (node(n.b).op == IrOp::kFRaw) require_fp(insn);
  const auto use = [this, size = size_of(n.type), what = n.b](const Mem& at) {
    const Node& value = node(what);
    Mem to = at;
    to.setSize(size);
    int64_t k = 0;
    if (is_const32(what, &k)) {
      mark_access();
      a.mov(to, Imm(size == 1 ? static_cast<int8_t>(k) : size == 2 ? static_cast<int16_t>(k) : k));
    } else if (value.op == IrOp::kFRaw && homes_->f[value.reg] >= 0 && size >= 4) {
      mark_access();
      if (size == 4) a.vmovss(to, xmm(homes_->f[value.reg]));
      else a.vmovsd(to, xmm(homes_->f[value.reg]));
    } else {
      Gp from = rcx;
      if (value.op == IrOp::kGetX && has_home(value.reg)) from = x_home(value.reg);
      else into(take(rcx), what);
      mark_access();
      a.mov(to, size == 1 ? Gp(from.r8()) : size == 2 ? Gp(from.r16()) : size == 4 ? Gp(from.r32()) : from);
    }
  };
  access(insn, id, use, [this, site, what = n.b](Label, Label) {
    into(rdx, what);
    call_slow(site);
  });
}

// The host address of the `size` bytes at rax to rdx, where the TLB's table has their page and they are aligned.
void Emitter::find_aligned(int32_t size, bool is_write, const Label& stub) {
  find_entry(rax);
  a.mov(rdx, rax);
  a.and_(rdx, unit_tag() | (size - 1));  // misaligned ones never match
  take_addend(is_write, rdx, stub);
  a.add(rdx, rax);
}

// The host address of an aligned RAM cell to rdx; whatever is not in the TLB's table goes to the stub,
// which calls the interpreter's body and goes on behind all that is made of the instruction.
void Emitter::reach_cell(const IrInsn& insn, const Node& n, bool is_write, const Label& done) {
  const auto size = static_cast<int32_t>(size_of(n.type));
  taken_ |= 7;
  Label stub = a.newLabel();
  into(rax, n.a);
  find_aligned(size, is_write, stub);
  Site* site = site_here(insn, Site::Kind::kCall);
  later_here([this, stub, done, site, &insn] {
    a.bind(stub);
    call_slow(site);
    reload_written(insn);
    a.jmp(done);
  });
}

// What an atomic instruction found, sign-extended, to rd.
void Emitter::set_found(const IrInsn& insn, const Gp& found, bool is_word) {
  const unsigned rd = insn.insn.rd;
  if (rd == 0) return;
  const Gp to = has_home(rd) ? x_home(rd) : found;
  if (is_word) a.movsxd(to, found.r32());
  else if (to.id() != found.id()) a.mov(to, found);
  if (!has_home(rd)) a.mov(x_memory(rd), to);
}

// The protocol is told at HartState::reservation.
void Emitter::load_reserved(const IrInsn& insn, const Node& n) {
  const bool is_word = size_of(n.type) == 4;
  Label done = a.newLabel();
  reach_cell(insn, n, false, done);
  if (is_word) a.movsxd(rax, x86::dword_ptr(rdx));
  else a.mov(rax, x86::qword_ptr(rdx));
  a.mov(x86::qword_ptr(rbp, offsetof(HartState, reservation)), rdx);
  a.mov(x86::qword_ptr(rbp, offsetof(HartState, reserved_value)), rax);
  set_found(insn, rax, false);
  a.bind(done);
}

void Emitter::store_conditional(const IrInsn& insn, const Node& n) {
  const bool is_word = size_of(n.type) == 4;
  const Mem reservation = x86::qword_ptr(rbp, offsetof(HartState, reservation));
  Label done = a.newLabel(), fails = a.newLabel();
  reach_cell(insn, n, true, done);
  into(rcx, n.b);
  a.mov(rax, rdx);
  a.xor_(rax, reservation);
  a.mov(reservation, 0);
  a.jne(fails);
  a.mov(rax, x86::qword_ptr(rbp, offsetof(HartState, reserved_value)));
  a.lock().cmpxchg(is_word ? x86::dword_ptr(rdx) : x86::qword_ptr(rdx), is_word ? Gp(rcx.r32()) : Gp(rcx));
  a.bind(fails);
  if (const unsigned rd = insn.insn.rd; rd != 0) {
    a.setne(x86::al);
    a.movzx(has_home(rd) ? x_home(rd).r32() : x86::eax, x86::al);
    if (!has_home(rd)) a.mov(x_memory(rd), rax);
  }
  a.bind(done);
}

void Emitter::compare_and_swap(const IrInsn& insn, const Node& n) {
  const bool is_word = size_of(n.type) == 4;
  Label done = a.newLabel();
  reach_cell(insn, n, true, done);
  into(rcx, n.c);
  into(rax, n.b);
  a.lock().cmpxchg(is_word ? x86::dword_ptr(rdx) : x86::qword_ptr(rdx), is_word ? Gp(rcx.r32()) : Gp(rcx));
  set_found(insn, rax, is_word);
  a.bind(done);
}

void Emitter::atomic(const IrInsn& insn, NodeId id) {
  const Node& n = node(id);
  if (n.op == IrOp::kLoadReserved) return load_reserved(insn, n);
  if (n.op == IrOp::kStoreConditional) return store_conditional(insn, n);
  if (n.op == IrOp::kAmoCas) return compare_and_swap(insn, n);
  const bool is_word = size_of(n.type) == 4;
  Label done = a.newLabel();
  reach_cell(insn, n, true, done);
  into(rcx, n.b);
  const auto part = [&](const Gp& reg) { return is_word ? Gp(reg.r32()) : reg; };
  const Mem cell = is_word ? x86::dword_ptr(rdx) : x86::qword_ptr(rdx);
  Gp old = rcx;
  switch (n.amo) {
    case isa::AmoOp::kSwap: a.xchg(cell, part(rcx)); break;
    case isa::AmoOp::kAdd: a.lock().xadd(cell, part(rcx)); break;
    default: {
      Label again = a.newLabel();
      old = rax;
      take(r11);
      a.mov(part(rax), cell);
      a.bind(again);
      switch (n.amo) {
        case isa::AmoOp::kAnd:
          a.mov(r11, rax);
          a.and_(r11, rcx);
          break;
        case isa::AmoOp::kOr:
          a.mov(r11, rax);
          a.or_(r11, rcx);
          break;
        case isa::AmoOp::kXor:
          a.mov(r11, rax);
          a.xor_(r11, rcx);
          break;
        default: {
          const x86::CondCode keeps = n.amo == isa::AmoOp::kMin   ? x86::CondCode::kSignedLT
                                      : n.amo == isa::AmoOp::kMax ? x86::CondCode::kSignedGT
                                      : n.amo == isa::AmoOp::kMinu ? x86::CondCode::kUnsignedLT
                                                                   : x86::CondCode::kUnsignedGT;
          a.mov(r11, rcx);
          a.cmp(part(rax), part(rcx));
          a.cmov(keeps, r11, rax);
          break;
        }
      }
      a.lock().cmpxchg(cell, part(r11));
      a.jne(again);
      break;
    }
  }
  set_found(insn, old, is_word);
  a.bind(done);
}

}  // namespace rvx::jit
