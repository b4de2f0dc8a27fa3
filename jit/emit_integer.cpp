// From IR to host code: integer values.
#include <cstddef>

#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::CondCode;
using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdx;

bool is_commutative(IrOp op) {
  return op == IrOp::kAdd || op == IrOp::kAnd || op == IrOp::kOr || op == IrOp::kXor || op == IrOp::kMul;
}

bool is_compare(IrOp op) { return op >= IrOp::kEq && op <= IrOp::kGeu; }

uint32_t bit_of(const Gp& reg) { return 1u << reg.id(); }

}  // namespace

Gp Emitter::take() {
  for (const Gp& reg : {rax, rcx, rdx})
    if (!(taken_ & bit_of(reg))) return take(reg);
  if (taken_ & bit_of(x86::r11)) __builtin_trap();  // no body needs more
  return take(x86::r11);
}

Gp Emitter::take(Gp which) {
  taken_ |= bit_of(which);
  if (which.id() == x86::r11.id()) {
    // The addend of a shared check, or the window's base: either can be had again.
    state_.addend = -1;
    is_window_lost_ = true;
  }
  return which;
}

bool Emitter::is_const32(NodeId id, int64_t* value) const {
  const Node& n = node(id);
  if (n.op != IrOp::kConst || n.k != static_cast<int32_t>(n.k)) return false;
  if (value != nullptr) *value = n.k;
  return true;
}

// Whether computing the node reads a register's home.
bool Emitter::reads(NodeId id, Gp reg) const {
  if (id == kNoNode) return false;
  const Node& n = node(id);
  if (n.op == IrOp::kGetX) return has_home(n.reg) && x_home(n.reg).id() == reg.id();
  return reads(n.a, reg) || reads(n.b, reg) || reads(n.c, reg);
}

asmjit::Operand Emitter::operand(NodeId id) {
  const Node& n = node(id);
  int64_t k = 0;
  if (is_const32(id, &k)) return Imm(k);
  if (n.op == IrOp::kGetX) {
    if (has_home(n.reg)) return x_home(n.reg);
    return x_memory(n.reg);
  }
  return in_register(id);
}

Gp Emitter::in_register(NodeId id) {
  const Node& n = node(id);
  if (n.op == IrOp::kGetX && has_home(n.reg)) return x_home(n.reg);
  const Gp to = take();
  into(to, id);
  return to;
}

void Emitter::set_x(const IrInsn& insn, const Node& n) {
  if (n.is_dead) return;
  const Node& value = node(n.a);
  if (value.op == IrOp::kStoreConditional || value.op == IrOp::kLoadReserved || value.op == IrOp::kAmo || value.op == IrOp::kAmoCas) return;  // atomic() has done it
  if (has_home(n.reg)) {
    const Gp to = x_home(n.reg);
    if (value.op == IrOp::kLoad) return load(insn, n.a, to);
    return into(to, n.a);
  }
  int64_t k = 0;
  if (is_const32(n.a, &k)) {
    a.mov(x_memory(n.reg), Imm(k));
    return;
  }
  // In place, where the register is its own first operand.
  const auto is_itself = [&](NodeId id) { return node(id).op == IrOp::kGetX && node(id).reg == n.reg; };
  if ((value.op == IrOp::kAdd || value.op == IrOp::kSub || value.op == IrOp::kAnd || value.op == IrOp::kOr || value.op == IrOp::kXor) && is_itself(value.a)) {
    const bool is_plain = is_const32(value.b) || (node(value.b).op == IrOp::kGetX && has_home(node(value.b).reg));
    if (is_plain) {
      const asmjit::Operand by = operand(value.b);
      switch (value.op) {
        case IrOp::kAdd: a.emit(x86::Inst::kIdAdd, x_memory(n.reg), by); break;
        case IrOp::kSub: a.emit(x86::Inst::kIdSub, x_memory(n.reg), by); break;
        case IrOp::kAnd: a.emit(x86::Inst::kIdAnd, x_memory(n.reg), by); break;
        case IrOp::kOr: a.emit(x86::Inst::kIdOr, x_memory(n.reg), by); break;
        default: a.emit(x86::Inst::kIdXor, x_memory(n.reg), by); break;
      }
      return;
    }
  }
  const Gp to = take();
  if (value.op == IrOp::kLoad) {
    load(insn, n.a, to);
  } else {
    into(to, n.a);
  }
  a.mov(x_memory(n.reg), to);
}

// Computes the node into `to`, which may be the home of a register that the node reads.
void Emitter::into(Gp to, NodeId id) {
  const unsigned taken = taken_;
  value_into(to, id);
  taken_ = taken;
}

void Emitter::value_into(Gp to, NodeId id) {
  const Node& n = node(id);
  const auto unary = [&](auto with_register, auto with_memory) {
    const Node& from = node(n.a);
    if (from.op == IrOp::kGetX && !has_home(from.reg)) {
      with_memory(x_memory(from.reg));
    } else if (from.op == IrOp::kGetX) {
      with_register(x_home(from.reg));
    } else {
      into(to, n.a);
      with_register(to);
    }
  };
  switch (n.op) {
    case IrOp::kConst:
      if (n.k == 0) a.xor_(to.r32(), to.r32());
      else if (n.k > 0 && n.k <= int64_t{0xffffffff}) a.mov(to.r32(), Imm(n.k));
      else a.mov(to, Imm(n.k));
      return;
    case IrOp::kPageBase: a.mov(to, x86::qword_ptr(rbp, static_cast<int32_t>(offsetof(HartState, region_base)))); return;
    case IrOp::kGetX:
      if (!has_home(n.reg)) a.mov(to, x_memory(n.reg));
      else if (x_home(n.reg).id() != to.id()) a.mov(to, x_home(n.reg));
      return;
    case IrOp::kAdd:
    case IrOp::kSub:
    case IrOp::kAnd:
    case IrOp::kOr:
    case IrOp::kXor:
    case IrOp::kMul: return binary_into(to, id);
    case IrOp::kShl:
    case IrOp::kShr:
    case IrOp::kSar:
    case IrOp::kShlw:
    case IrOp::kShrw:
    case IrOp::kSarw:
    case IrOp::kRotl:
    case IrOp::kRotr:
    case IrOp::kRolw:
    case IrOp::kRorw: return shift_into(to, n);
    case IrOp::kMulh:
    case IrOp::kMulhu:
    case IrOp::kMulhsu: return multiply_high_into(to, n);
    case IrOp::kClmul:
    case IrOp::kClmulh:
    case IrOp::kClmulr: return multiply_carryless_into(to, n);
    case IrOp::kDiv:
    case IrOp::kDivu:
    case IrOp::kRem:
    case IrOp::kRemu:
    case IrOp::kDivw:
    case IrOp::kDivuw:
    case IrOp::kRemw:
    case IrOp::kRemuw: return divide_into(to, n);
    case IrOp::kEq:
    case IrOp::kNe:
    case IrOp::kLt:
    case IrOp::kGe:
    case IrOp::kLtu:
    case IrOp::kGeu: {
      const bool in_the_way = reads(n.a, to) || reads(n.b, to);
      // Only rax, rcx and rdx are sure to have been taken here.
      const bool is_temporary = to.id() == rax.id() || to.id() == rcx.id() || to.id() == rdx.id();
      if (!in_the_way && !is_temporary) {
        a.xor_(to.r32(), to.r32());
        const CondCode condition = compare(id);
        a.set(condition, to.r8());
      } else {
        const CondCode condition = compare(id);
        a.mov(to.r32(), 0);  // keeps the flags
        a.set(condition, to.r8());
      }
      return;
    }
    case IrOp::kSelect: return select_into(to, n);
    case IrOp::kNot:
      into(to, n.a);
      a.not_(to);
      return;
    case IrOp::kSext8: return unary([&](Gp r) { a.movsx(to, r.r8()); }, [&](Mem m) { m.setSize(1); a.movsx(to, m); });
    case IrOp::kSext16: return unary([&](Gp r) { a.movsx(to, r.r16()); }, [&](Mem m) { m.setSize(2); a.movsx(to, m); });
    case IrOp::kSext32: {
      const Node& from = node(n.a);
      if ((from.op == IrOp::kAdd || from.op == IrOp::kSub || from.op == IrOp::kMul) && from.uses == 1) {
        binary_into(to, n.a);
        a.movsxd(to, to.r32());
        return;
      }
      if (from.op == IrOp::kFRaw) {
        fp_to_x(to, from);
        a.movsxd(to, to.r32());
        return;
      }
      return unary([&](Gp r) { a.movsxd(to, r.r32()); }, [&](Mem m) { m.setSize(4); a.movsxd(to, m); });
    }
    case IrOp::kZext8: return unary([&](Gp r) { a.movzx(to.r32(), r.r8()); }, [&](Mem m) { m.setSize(1); a.movzx(to.r32(), m); });
    case IrOp::kZext16: return unary([&](Gp r) { a.movzx(to.r32(), r.r16()); }, [&](Mem m) { m.setSize(2); a.movzx(to.r32(), m); });
    case IrOp::kZext32: return unary([&](Gp r) { a.mov(to.r32(), r.r32()); }, [&](Mem m) { m.setSize(4); a.mov(to.r32(), m); });
    case IrOp::kClz: return unary([&](Gp r) { a.lzcnt(to, r); }, [&](Mem m) { a.lzcnt(to, m); });
    case IrOp::kCtz: return unary([&](Gp r) { a.tzcnt(to, r); }, [&](Mem m) { a.tzcnt(to, m); });
    case IrOp::kCpop: return unary([&](Gp r) { a.popcnt(to, r); }, [&](Mem m) { a.popcnt(to, m); });
    case IrOp::kClzw: return unary([&](Gp r) { a.lzcnt(to.r32(), r.r32()); }, [&](Mem m) { m.setSize(4); a.lzcnt(to.r32(), m); });
    case IrOp::kCtzw: return unary([&](Gp r) { a.tzcnt(to.r32(), r.r32()); }, [&](Mem m) { m.setSize(4); a.tzcnt(to.r32(), m); });
    case IrOp::kCpopw: return unary([&](Gp r) { a.popcnt(to.r32(), r.r32()); }, [&](Mem m) { m.setSize(4); a.popcnt(to.r32(), m); });
    case IrOp::kBswap:
      into(to, n.a);
      a.bswap(to);
      return;
    case IrOp::kOrcB: {
      into(to, n.a);
      const Xmm bytes = take_xmm(), zero = take_xmm();
      a.vmovq(bytes, to);
      a.vpxor(zero, zero, zero);
      a.vpcmpeqb(bytes, bytes, zero);
      a.vmovq(to, bytes);
      a.not_(to);
      return;
    }
    case IrOp::kBrev8:
      into(to, n.a);
      return reverse_bytes_bits(to);
    case IrOp::kLoad: return load(region_.insns[insn_], id, to);
    case IrOp::kFRaw:
    case IrOp::kFEq:
    case IrOp::kFLt:
    case IrOp::kFLe:
    case IrOp::kFToInt: return fp_to_x(to, n);
    default: __builtin_trap();
  }
}

void Emitter::binary_into(Gp to, NodeId id) {
  const Node& n = node(id);
  NodeId first = n.a, second = n.b;
  int64_t k = 0;
  const bool is_commuting = is_commutative(n.op);
  if (is_commuting && (node(first).op == IrOp::kConst || (node(second).op == IrOp::kGetX && reads(second, to)))) std::swap(first, second);

  if (n.op == IrOp::kAdd) {
    const Node& x = node(first);
    if (x.op == IrOp::kGetX && has_home(x.reg) && x_home(x.reg).id() != to.id()) {
      if (is_const32(second, &k)) {
        a.lea(to, x86::ptr(x_home(x.reg), static_cast<int32_t>(k)));
        return;
      }
      const Node& y = node(second);
      if (y.op == IrOp::kGetX && has_home(y.reg)) {
        a.lea(to, x86::ptr(x_home(x.reg), x_home(y.reg)));
        return;
      }
    }
    // shNadd
    if (x.op == IrOp::kShl && is_const32(x.b, &k) && k <= 3 && node(second).op == IrOp::kGetX && has_home(node(second).reg) &&
        node(x.a).op == IrOp::kGetX && has_home(node(x.a).reg)) {
      a.lea(to, x86::ptr(x_home(node(second).reg), x_home(node(x.a).reg), static_cast<uint32_t>(k)));
      return;
    }
  }
  if (n.op == IrOp::kMul && is_const32(second, &k) && node(first).op == IrOp::kGetX) {
    if (has_home(node(first).reg)) a.imul(to, x_home(node(first).reg), Imm(k));
    else a.imul(to, x_memory(node(first).reg), Imm(k));
    return;
  }
  if (n.op == IrOp::kAnd && node(second).op == IrOp::kConst) {
    const uint64_t mask = static_cast<uint64_t>(node(second).k);
    if (mask == 0xff || mask == 0xffff || mask == 0xffffffff) {
      into(to, first);
      if (mask == 0xff) a.movzx(to.r32(), to.r8());
      else if (mask == 0xffff) a.movzx(to.r32(), to.r16());
      else a.mov(to.r32(), to.r32());
      return;
    }
  }

  asmjit::Operand by;
  if (reads(second, to) || (node(second).op == IrOp::kConst && !is_const32(second))) {
    const Gp copy = take();
    into(copy, second);
    by = copy;
    into(to, first);
  } else {
    into(to, first);
    by = operand(second);
  }
  switch (n.op) {
    case IrOp::kAdd: a.emit(x86::Inst::kIdAdd, to, by); break;
    case IrOp::kSub: a.emit(x86::Inst::kIdSub, to, by); break;
    case IrOp::kAnd: a.emit(x86::Inst::kIdAnd, to, by); break;
    case IrOp::kOr: a.emit(x86::Inst::kIdOr, to, by); break;
    case IrOp::kXor: a.emit(x86::Inst::kIdXor, to, by); break;
    case IrOp::kMul:
      if (by.isImm()) a.imul(to, to, by.as<Imm>());
      else a.emit(x86::Inst::kIdImul, to, by);
      break;
    default: __builtin_trap();
  }
}

void Emitter::select_into(Gp to, const Node& n) {
  // What moves keeps the flags; the value for zero comes first, so that it can clear a register.
  const bool is_temporary = to.id() == rax.id() || to.id() == rcx.id() || to.id() == rdx.id();
  const Gp result = is_temporary ? to : take();
  into(result, n.c);
  asmjit::Operand other = operand(n.b);
  if (other.isImm()) {
    const Gp copy = take();
    into(copy, n.b);
    other = copy;
  }
  const CondCode condition = compare(n.a);
  if (other.isMem()) a.cmov(condition, result, other.as<Mem>());
  else a.cmov(condition, result, other.as<Gp>());
  if (result.id() != to.id()) a.mov(to, result);
}

// The condition under which a node is not zero.
CondCode Emitter::compare(NodeId id) {
  const Node& n = node(id);
  if (!is_compare(n.op)) {
    const Gp value = in_register(id);
    a.test(value, value);
    return CondCode::kNotZero;
  }
  NodeId first = n.a, second = n.b;
  IrOp op = n.op;
  bool swaps = node(first).op == IrOp::kConst && node(second).op != IrOp::kConst;
  if (swaps) std::swap(first, second);
  int64_t k = 0;
  const bool is_zero = is_const32(second, &k) && k == 0;
  if (is_zero && node(first).op == IrOp::kGetX && has_home(node(first).reg)) {
    a.test(x_home(node(first).reg), x_home(node(first).reg));
  } else {
    asmjit::Operand x = operand(first);
    asmjit::Operand y = operand(second);
    if (x.isImm() || (x.isMem() && y.isMem())) {
      const Gp copy = take();
      into(copy, first);
      x = copy;
    }
    a.emit(x86::Inst::kIdCmp, x, y);
  }
  switch (op) {
    case IrOp::kEq: return CondCode::kEqual;
    case IrOp::kNe: return CondCode::kNotEqual;
    case IrOp::kLt: return swaps ? CondCode::kSignedGT : CondCode::kSignedLT;
    case IrOp::kGe: return swaps ? CondCode::kSignedLE : CondCode::kSignedGE;
    case IrOp::kLtu: return swaps ? CondCode::kUnsignedGT : CondCode::kUnsignedLT;
    default: return swaps ? CondCode::kUnsignedLE : CondCode::kUnsignedGE;
  }
}

}  // namespace rvx::jit
