// From IR to host code: shifts, rotations, long products and divisions, which x86 ties to registers; products without carries.
#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using x86::rax;
using x86::rcx;
using x86::rdx;

}  // namespace

void Emitter::shift_into(Gp to, const Node& n) {
  const bool is_word = n.op == IrOp::kShlw || n.op == IrOp::kShrw || n.op == IrOp::kSarw || n.op == IrOp::kRolw || n.op == IrOp::kRorw;
  const Gp narrow = is_word ? Gp(to.r32()) : to;
  const unsigned width = is_word ? 32 : 64;
  const bool rotates = n.op == IrOp::kRotl || n.op == IrOp::kRotr || n.op == IrOp::kRolw || n.op == IrOp::kRorw;
  if (node(n.b).op == IrOp::kConst) {
    const auto amount = static_cast<uint32_t>(node(n.b).k) & (width - 1);
    into(to, n.a);
    switch (n.op) {
      case IrOp::kShl:
      case IrOp::kShlw: a.shl(narrow, amount); break;
      case IrOp::kShr:
      case IrOp::kShrw: a.shr(narrow, amount); break;
      case IrOp::kSar:
      case IrOp::kSarw: a.sar(narrow, amount); break;
      case IrOp::kRotl:
      case IrOp::kRolw: a.rol(narrow, amount); break;
      default: a.ror(narrow, amount); break;
    }
  } else if (rotates) {
    // The amount must be in cl.
    const Gp count = take(rcx);
    const Gp value = to.id() == rcx.id() ? take() : to;
    into(count, n.b);
    into(value, n.a);
    const Gp part = is_word ? Gp(value.r32()) : value;
    if (n.op == IrOp::kRotl || n.op == IrOp::kRolw) a.rol(part, x86::cl);
    else a.ror(part, x86::cl);
    if (value.id() != to.id()) a.mov(to, value);
  } else {
    const Gp count = in_register(n.b);
    const Gp part = is_word ? Gp(count.r32()) : count;
    asmjit::Operand value;
    if (node(n.a).op == IrOp::kConst) {
      // In a body that shifts a constant and then combines it, no temporary is left.
      const Gp copy = count.id() == to.id() ? take() : to;
      into(copy, n.a);
      value = copy;
    } else {
      value = operand(n.a);
    }
    if (is_word) {
      if (value.isMem()) value.as<Mem>().setSize(4);
      else value = value.as<Gp>().r32();
    }
    const uint32_t id = n.op == IrOp::kShl || n.op == IrOp::kShlw   ? x86::Inst::kIdShlx
                        : n.op == IrOp::kShr || n.op == IrOp::kShrw ? x86::Inst::kIdShrx
                                                                    : x86::Inst::kIdSarx;
    a.emit(id, narrow, value, part);
  }
  if (is_word) a.movsxd(to, to.r32());
}

void Emitter::multiply_high_into(Gp to, const Node& n) {
  // Operands are registers: rows of M have no others.
  const auto factor = [&](NodeId id) -> asmjit::Operand {
    const asmjit::Operand o = operand(id);
    if (!o.isImm()) return o;
    const Gp copy = take(rcx);
    into(copy, id);
    return copy;
  };
  take(rax), take(rdx);
  if (n.op == IrOp::kMulhsu) {
    // The unsigned product's high half, less b where a is negative.
    const Gp b = take(rcx), correction = take();
    into(b, n.b);
    into(rax, n.a);
    a.mov(correction, rax);
    a.sar(correction, 63);
    a.and_(correction, b);
    a.mul(b);
    a.sub(rdx, correction);
    a.mov(to, rdx);
    return;
  }
  const asmjit::Operand by = factor(n.b);
  into(rax, n.a);
  if (n.op == IrOp::kMulh) {
    if (by.isMem()) a.imul(by.as<Mem>());
    else a.imul(by.as<Gp>());
  } else {
    if (by.isMem()) a.mul(by.as<Mem>());
    else a.mul(by.as<Gp>());
  }
  a.mov(to, rdx);
}

void Emitter::multiply_carryless_into(Gp to, const Node& n) {
  const auto factor = [&](NodeId id) {
    const Node& from = node(id);
    const Xmm value = take_xmm();
    if (from.op == IrOp::kGetX && !has_home(from.reg)) {
      a.vmovq(value, x_memory(from.reg));
    } else {
      const unsigned taken = taken_;
      a.vmovq(value, in_register(id));
      taken_ = taken;
    }
    return value;
  };
  const Xmm x = factor(n.a), y = factor(n.b);
  a.vpclmulqdq(x, x, y, 0);
  if (n.op == IrOp::kClmul) {
    a.vmovq(to, x);
    return;
  }
  a.vpextrq(to, x, 1);
  if (n.op == IrOp::kClmulh) return;
  const Gp low = take();
  a.vmovq(low, x);
  a.shld(to, low, 1);
}

// A table of all half bytes turned round, in the upper half and in the lower half of a byte.
void Emitter::reverse_bytes_bits(Gp to) {
  const Xmm low = take_xmm(), high = take_xmm(), table = take_xmm();
  a.vmovq(low, to);
  a.vpsrlw(high, low, 4);
  a.vpand(low, low, constant(0x0f0f0f0f0f0f0f0f));
  a.vpand(high, high, constant(0x0f0f0f0f0f0f0f0f));
  a.vmovdqu(table, constant(0xe060a020c0408000, 0xf070b030d0509010));
  a.vpshufb(low, table, low);
  a.vmovdqu(table, constant(0x0e060a020c040800, 0x0f070b030d050901));
  a.vpshufb(high, table, high);
  a.vpor(low, low, high);
  a.vmovq(to, low);
}

void Emitter::divide_into(Gp to, const Node& n) {
  const bool is_word = n.op == IrOp::kDivw || n.op == IrOp::kDivuw || n.op == IrOp::kRemw || n.op == IrOp::kRemuw;
  const bool is_signed = n.op == IrOp::kDiv || n.op == IrOp::kRem || n.op == IrOp::kDivw || n.op == IrOp::kRemw;
  const bool wants_quotient = n.op == IrOp::kDiv || n.op == IrOp::kDivu || n.op == IrOp::kDivw || n.op == IrOp::kDivuw;
  take(rax), take(rcx), take(rdx);
  into(rcx, n.b);
  into(rax, n.a);
  Label done = a.newLabel(), zero = a.newLabel(), minus_one = a.newLabel();
  const Gp divisor = is_word ? Gp(x86::ecx) : Gp(rcx);
  a.test(divisor, divisor);
  a.jz(zero);
  if (is_signed) {
    a.cmp(divisor, -1);
    a.je(minus_one);
  }
  Label wide = a.newLabel();
  if (!is_word) {
    // Most quotients are small, and 64-bit division is slow on older hosts.
    a.mov(rdx, rax);
    a.or_(rdx, rcx);
    a.shr(rdx, 32);
    a.jnz(wide);
    a.xor_(x86::edx, x86::edx);
    a.div(x86::ecx);
  } else if (is_signed) {
    a.cdq();
    a.idiv(x86::ecx);
  } else {
    a.xor_(x86::edx, x86::edx);
    a.div(x86::ecx);
  }
  a.bind(done);
  const Gp result = wants_quotient ? rax : rdx;
  if (is_word) a.movsxd(to, result.r32());
  else a.mov(to, result);
  later([this, done, zero, minus_one, wide, is_word, is_signed] {
    a.bind(zero);  // the quotient has all bits set, the remainder is the dividend
    a.mov(rdx, rax);
    a.mov(rax, -1);
    a.jmp(done);
    if (is_signed) {
      a.bind(minus_one);
      a.xor_(x86::edx, x86::edx);
      a.neg(rax);
      a.jmp(done);
    }
    if (!is_word) {
      a.bind(wide);
      if (is_signed) {
        a.cqo();
        a.idiv(rcx);
      } else {
        a.xor_(x86::edx, x86::edx);
        a.div(rcx);
      }
      a.jmp(done);
    }
  });
}

}  // namespace rvx::jit
