// From IR to host code: floating point on the host's MXCSR, which holds the guest's rounding mode and flags.
#include <bit>
#include <cstddef>
#include <utility>

#include "cpu/isa/fp_format.hpp"
#include "jit/emitter.hpp"
#include "jit/fp_facts.hpp"

namespace rvx::jit {
namespace {

using isa::fp::F16;
using isa::fp::F32;
using isa::fp::F64;
namespace Inst = x86::Inst;
using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdx;

constexpr uint64_t kBox = isa::fp::box<F32>(0), kHalfBox = isa::fp::box<F16>(0);

uint64_t sign_of(FpFormat f) { return f == FpFormat::kDouble ? F64::kSign : f == FpFormat::kSingle ? F32::kSign : F16::kSign; }

}  // namespace

Xmm Emitter::take_xmm() {
  for (int8_t n = 0; n < kRegionF.front(); ++n) {
    if (taken_xmm_ & (1u << n)) continue;
    taken_xmm_ |= 1u << n;
    return xmm(n);
  }
  __builtin_trap();
}

// Operands of vandps and the like have 16 bytes: two of constants_ each.
Mem Emitter::constant(uint64_t bits, uint64_t upper) {
  for (size_t i = 0; i < constants_.size(); i += 2)
    if (constants_[i].first == bits && constants_[i + 1].first == upper) return x86::qword_ptr(constants_[i].second);
  constants_.emplace_back(bits, a.newLabel());
  constants_.emplace_back(upper, a.newLabel());
  return x86::qword_ptr(constants_[constants_.size() - 2].second);
}

// Floating point must be on, and MXCSR must round as the instruction asks; otherwise it is the
// interpreter's.
void Emitter::require_fp(const IrInsn& insn) {
  const unsigned key = rounding_key(insn.insn);
  const bool dirties = dirties_fs(region_, insn);
  if (((state_.rounding >> key) & 1) && (!dirties || state_.is_fs_dirty)) return;
  // The instruction that makes FS dirty is the interpreter's.
  const size_t field = dirties ? offsetof(HartState, rounding_ok_dirty) : offsetof(HartState, rounding_ok);
  a.test(x86::dword_ptr(rbp, static_cast<int32_t>(field)), Imm(uint32_t{1} << key));
  a.jz(leave_here());
  state_.rounding |= 1u << key | 1u << kNoRounding;
  state_.is_fs_dirty = state_.is_fs_dirty || dirties;
}


void Emitter::set_f(const IrInsn& insn, const Node& n) {
  require_fp(insn);
  const int8_t home = homes_->f[n.reg];
  const Xmm to = home >= 0 ? xmm(home) : take_xmm();
  fp_into(insn, to, n.a);
  if (home < 0) a.vmovq(f_memory(n.reg), to);
  // A boxed half has the upper half of a boxed single.
  if (n.format != FpFormat::kDouble) state_.boxed |= 1u << n.reg;
  else state_.boxed &= ~(1u << n.reg);
}

// A register with the value. A narrow one that is not boxed is the interpreter's: it is rare, and counts
// as a NaN.
Xmm Emitter::fp_in_register(NodeId id) {
  const Node& n = node(id);
  if (n.op != IrOp::kGetF) {
    const Xmm to = take_xmm();
    fp_into(region_.insns[insn_], to, id);
    return to;
  }
  const int8_t home = homes_->f[n.reg];
  if (n.format == FpFormat::kSingle && !((state_.boxed >> n.reg) & 1)) {
    if (home >= 0) {
      a.vpextrd(x86::eax, xmm(home), 1);
      a.cmp(x86::eax, -1);
    } else {
      Mem high = f_memory(n.reg);
      high.addOffset(4);
      high.setSize(4);
      a.cmp(high, -1);
    }
    a.jne(leave_here());
    state_.boxed |= 1u << n.reg;
  }
  const Xmm value = home >= 0 ? xmm(home) : take_xmm();
  if (home < 0) a.vmovq(value, f_memory(n.reg));
  if (n.format == FpFormat::kHalf) {
    a.vmovq(rax, value);
    a.sar(rax, 16);
    a.cmp(rax, -1);
    a.jne(leave_here());
    state_.boxed |= 1u << n.reg;
  }
  return value;
}

// What the host made a NaN of its own becomes the canonical one.
void Emitter::mend_nan(Xmm value, FpFormat format) {
  Label nan = a.newLabel(), back = a.newLabel();
  if (format == FpFormat::kDouble) a.vucomisd(value, value);
  else a.vucomiss(value, value);
  a.jp(nan);
  a.bind(back);
  later([this, nan, back, value, format] {
    a.bind(nan);
    a.vmovq(value, constant(canonical_nan(format)));
    a.jmp(back);
  });
}

void Emitter::fp_into(const IrInsn& insn, Xmm to, NodeId id) {
  const Node& n = node(id);
  switch (n.op) {
    case IrOp::kGetF: {
      const Xmm from = fp_in_register(id);
      if (from.id() != to.id()) a.vmovaps(to, from);
      return;
    }
    case IrOp::kFConst: a.vmovq(to, constant(static_cast<uint64_t>(n.k))); return;
    case IrOp::kFAdd:
    case IrOp::kFSub:
    case IrOp::kFMul:
    case IrOp::kFDiv:
    case IrOp::kFSqrt: return fp_arithmetic(to, n);
    case IrOp::kFMadd:
    case IrOp::kFMsub:
    case IrOp::kFNmsub:
    case IrOp::kFNmadd: return fp_fused(to, n);
    case IrOp::kFSgnj:
    case IrOp::kFSgnjn:
    case IrOp::kFSgnjx: return fp_sign(to, n);
    case IrOp::kFMin:
    case IrOp::kFMax: return fp_extreme(to, n);
    case IrOp::kFWiden: {
      const Xmm from = fp_in_register(n.a);
      a.vcvtss2sd(to, from, from);
      return mend_nan(to, FpFormat::kDouble);
    }
    case IrOp::kFNarrow: {
      const Xmm from = fp_in_register(n.a);
      const Xmm boxed = take_xmm();
      a.vmovq(boxed, constant(kBox));
      a.vcvtsd2ss(to, boxed, from);
      return mend_nan(to, FpFormat::kSingle);
    }
    case IrOp::kFFromInt: return fp_from_int(to, n);
    case IrOp::kFMove:
      if (node(n.a).op == IrOp::kLoad) return load_fp(insn, n.a, to, n.format);
      if (n.format != FpFormat::kDouble) {
        const Gp from = in_register(n.a);
        a.vmovd(to, from.r32());
        a.vorps(to, to, constant(n.format == FpFormat::kSingle ? kBox : kHalfBox));
      } else {
        const Node& from = node(n.a);
        if (from.op == IrOp::kGetX && !has_home(from.reg)) a.vmovq(to, x_memory(from.reg));
        else a.vmovq(to, in_register(n.a));
      }
      return;
    default: __builtin_trap();
  }
}

// The upper half of the first operand stays: what was boxed is boxed.
void Emitter::fp_arithmetic(Xmm to, const Node& n) {
  const bool is_double = n.format == FpFormat::kDouble;
  const Xmm x = fp_in_register(n.a);
  if (n.op == IrOp::kFSqrt) {
    if (is_double) a.vsqrtsd(to, x, x);
    else a.vsqrtss(to, x, x);
  } else {
    const Xmm y = fp_in_register(n.b);
    switch (n.op) {
      case IrOp::kFAdd: a.emit(is_double ? Inst::kIdVaddsd : Inst::kIdVaddss, to, x, y); break;
      case IrOp::kFSub: a.emit(is_double ? Inst::kIdVsubsd : Inst::kIdVsubss, to, x, y); break;
      case IrOp::kFMul: a.emit(is_double ? Inst::kIdVmulsd : Inst::kIdVmulss, to, x, y); break;
      default: a.emit(is_double ? Inst::kIdVdivsd : Inst::kIdVdivss, to, x, y); break;
    }
  }
  expect_nan(to, n.format);
}

// A result that may be a NaN of the host's own. One in a register of its own can wait until something can
// see it: arithmetic makes a NaN of a NaN, whatever its payload, so two results share one test.
void Emitter::expect_nan(Xmm value, FpFormat format) {
  if (value.id() < static_cast<uint32_t>(kRegionF.front())) return mend_nan(value, format);
  const Xmm first = xmm(waiting_nan_);
  if (waiting_nan_ < 0 || first.id() == value.id() || waiting_format_ != format) {
    if (waiting_nan_ >= 0 && first.id() != value.id()) settle_nan();
    waiting_nan_ = static_cast<int8_t>(value.id());
    waiting_format_ = format;
    return;
  }
  waiting_nan_ = -1;
  Label nan = a.newLabel(), back = a.newLabel();
  const auto compare = [this, format](Xmm x, Xmm y) {
    if (format == FpFormat::kDouble) a.vucomisd(x, y);
    else a.vucomiss(x, y);
  };
  compare(value, first);
  a.jp(nan);
  a.bind(back);
  later([this, nan, back, value, first, format, compare] {
    a.bind(nan);
    for (const Xmm& x : {first, value}) {
      Label number = a.newLabel();
      compare(x, x);
      a.jnp(number);
      a.vmovq(x, constant(canonical_nan(format)));
      a.bind(number);
    }
    a.jmp(back);
  });
}

void Emitter::settle_nan() {
  if (waiting_nan_ < 0) return;
  mend_nan(xmm(std::exchange(waiting_nan_, int8_t{-1})), waiting_format_);
}

// Whether an effect leaves a result that waits for its test unseen. An access that leaves the region mends it
// (Site::waiting).
bool Emitter::may_wait(const IrInsn& insn, const Node& effect) const {
  const isa::Class c = isa::info(insn.insn.op).cls;
  const bool is_on = ((state_.rounding >> kNoRounding) & 1) != 0;
  if (effect.op == IrOp::kSetX) return c == isa::Class::kLoad || !effects_of(region_, insn).can_leave;
  if (effect.op == IrOp::kStore) {
    const Node& stored = node(effect.b);
    return stored.op == IrOp::kFRaw ? is_on && homes_->f[stored.reg] != waiting_nan_ : c == isa::Class::kStore;
  }
  if (effect.op != IrOp::kSetF) return false;
  const Node& value = node(effect.a);
  switch (value.op) {
    case IrOp::kFAdd:
    case IrOp::kFSub:
    case IrOp::kFMul:
    case IrOp::kFDiv:
    case IrOp::kFSqrt: break;
    case IrOp::kFMove: return c == isa::Class::kFpLoad && is_on && state_.is_fs_dirty && homes_->f[effect.reg] != waiting_nan_;
    default: return false;
  }
  const auto is_plain = [&](NodeId id) {
    return id == kNoNode || (node(id).op == IrOp::kGetF && (node(id).format == FpFormat::kDouble || ((state_.boxed >> node(id).reg) & 1)));
  };
  return ((state_.rounding >> rounding_key(insn.insn)) & 1) && state_.is_fs_dirty && is_plain(value.a) && is_plain(value.b);
}

// A NaN is the interpreter's: infinity times zero plus a quiet NaN raises NV, which the host's does not.
void Emitter::fp_fused(Xmm to, const Node& n) {
  const bool is_double = n.format == FpFormat::kDouble;
  const Xmm x = fp_in_register(n.a);
  const bool is_temporary = x.id() < static_cast<uint32_t>(kRegionF.front());
  const Xmm result = is_temporary ? x : take_xmm();
  if (!is_temporary) a.vmovaps(result, x);
  const Xmm y = fp_in_register(n.b), z = fp_in_register(n.c);
  const uint32_t id = n.op == IrOp::kFMadd    ? (is_double ? Inst::kIdVfmadd213sd : Inst::kIdVfmadd213ss)
                      : n.op == IrOp::kFMsub  ? (is_double ? Inst::kIdVfmsub213sd : Inst::kIdVfmsub213ss)
                      : n.op == IrOp::kFNmsub ? (is_double ? Inst::kIdVfnmadd213sd : Inst::kIdVfnmadd213ss)
                                              : (is_double ? Inst::kIdVfnmsub213sd : Inst::kIdVfnmsub213ss);
  a.emit(id, result, y, z);
  if (is_double) a.vucomisd(result, result);
  else a.vucomiss(result, result);
  a.jp(leave_here());
  a.vmovaps(to, result);
}

void Emitter::fp_sign(Xmm to, const Node& n) {
  const uint64_t sign = sign_of(n.format);
  const Xmm x = fp_in_register(n.a);
  const bool is_same = node(n.a).op == IrOp::kGetF && node(n.b).op == IrOp::kGetF && node(n.a).reg == node(n.b).reg;
  if (is_same) {
    if (n.op == IrOp::kFSgnjn) a.vxorps(to, x, constant(sign));
    else if (n.op == IrOp::kFSgnjx) {
      const Xmm mask = take_xmm();
      a.vmovq(mask, constant(~sign));
      a.vandps(to, x, mask);
    } else if (to.id() != x.id()) a.vmovaps(to, x);
    return;
  }
  const Xmm y = fp_in_register(n.b);
  const Xmm bits = take_xmm();
  a.vmovq(bits, constant(sign));
  if (n.op == IrOp::kFSgnjx) {
    a.vandps(bits, bits, y);
    a.vxorps(to, x, bits);
    return;
  }
  // The sign of y, or its opposite, then all but the sign of x.
  if (n.op == IrOp::kFSgnj) a.vandps(bits, bits, y);
  else a.vandnps(bits, y, bits);
  if (to.id() != x.id()) a.vmovaps(to, x);
  a.vorps(to, to, constant(sign));
  a.vxorps(to, to, constant(sign));
  a.vorps(to, to, bits);
}

void Emitter::fp_extreme(Xmm to, const Node& n) {
  const bool is_double = n.format == FpFormat::kDouble, is_max = n.op == IrOp::kFMax;
  const Xmm x = fp_in_register(n.a), y = fp_in_register(n.b);
  if (is_double) a.vucomisd(x, y);
  else a.vucomiss(x, y);
  a.jp(leave_here());
  // Equal operands give the second: both orders together get the zeros right.
  const Xmm other = take_xmm();
  const uint32_t id = is_max ? (is_double ? Inst::kIdVmaxsd : Inst::kIdVmaxss) : (is_double ? Inst::kIdVminsd : Inst::kIdVminss);
  a.emit(id, other, y, x);
  a.emit(id, to, x, y);
  if (is_max) a.vandps(to, to, other);
  else a.vorps(to, to, other);
}

void Emitter::fp_from_int(Xmm to, const Node& n) {
  const bool is_double = n.format == FpFormat::kDouble;
  Gp from = in_register(n.a);
  if (n.type == IrType::kU32) {
    const Gp wide = take();
    a.mov(wide.r32(), from.r32());
    from = wide;
  } else if (n.type == IrType::kU64) {
    a.test(from, from);
    a.js(leave_here());
  }
  const Gp source = n.type == IrType::kI32 ? Gp(from.r32()) : from;
  const Xmm upper = take_xmm();
  if (is_double) {
    a.vxorps(upper, upper, upper);
    a.vcvtsi2sd(to, upper, source);
  } else {
    a.vmovq(upper, constant(kBox));
    a.vcvtsi2ss(to, upper, source);
  }
}

void Emitter::fp_to_x(Gp to, const Node& n) {
  const bool is_double = n.format == FpFormat::kDouble;
  require_fp(region_.insns[insn_]);
  switch (n.op) {
    case IrOp::kFRaw:
      if (homes_->f[n.reg] >= 0) a.vmovq(to, xmm(homes_->f[n.reg]));
      else a.mov(to, f_memory(n.reg));
      return;
    case IrOp::kFToInt: return fp_to_int(to, n);
    case IrOp::kFEq: {
      const Xmm x = fp_in_register(n.a), y = fp_in_register(n.b);
      const Gp ordered = take();
      if (is_double) a.vucomisd(x, y);
      else a.vucomiss(x, y);
      a.setnp(ordered.r8());
      a.mov(to.r32(), 0);
      a.sete(to.r8());
      a.and_(to.r8(), ordered.r8());
      return;
    }
    default: {
      const Xmm x = fp_in_register(n.a), y = fp_in_register(n.b);
      if (is_double) a.vcomisd(y, x);
      else a.vcomiss(y, x);
      a.mov(to.r32(), 0);
      if (n.op == IrOp::kFLt) a.seta(to.r8());
      else a.setae(to.r8());
      return;
    }
  }
}

// What does not fit goes to the interpreter: its flags need care.
void Emitter::fp_to_int(Gp to, const Node& n) {
  const bool is_double = n.format == FpFormat::kDouble, truncates = n.rm == isa::fp::kRtz;
  const Xmm x = fp_in_register(n.a);
  const auto convert = [&](Gp result) {
    if (is_double) truncates ? a.vcvttsd2si(result, x) : a.vcvtsd2si(result, x);
    else truncates ? a.vcvttss2si(result, x) : a.vcvtss2si(result, x);
  };
  const Gp result = take();
  if (n.type == IrType::kU32 || n.type == IrType::kU64) {
    // Up to here every rounding mode stays in range; negative values compare above it.
    uint64_t limit = 0;
    if (is_double) limit = n.type == IrType::kU64 ? F64::power_of_two(63) - 1 : F64::power_of_two(32) - (uint64_t{1} << 21);
    else limit = n.type == IrType::kU64 ? F32::power_of_two(63) - 1 : F32::power_of_two(32) - 1;
    const Gp bits = take();
    if (is_double) a.vmovq(bits, x);
    else a.vmovd(bits.r32(), x);
    a.mov(result, limit);
    a.cmp(bits, result);
    a.ja(leave_here());
    convert(result);
    if (n.type == IrType::kU32) a.movsxd(to, result.r32());
    else a.mov(to, result);
    return;
  }
  const bool is_word = n.type == IrType::kI32;
  const Gp part = is_word ? Gp(result.r32()) : result;
  convert(part);
  // The most negative number is the host's answer to what does not fit.
  a.cmp(part, 1);
  a.jo(leave_here());
  if (is_word) a.movsxd(to, part);
  else a.mov(to, result);
}

}  // namespace rvx::jit
