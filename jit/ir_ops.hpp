// IrOps: the Ops that record a semantic body as IR, folding constants on the way.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "cpu/isa/fp_format.hpp"
#include "cpu/isa/host_arithmetic.hpp"
#include "jit/ir.hpp"

namespace rvx::jit {

// What is known of the integer registers at a point of a block: x[n] is a constant, or the page's
// address plus one.
struct Facts {
  uint32_t constant = 1;  // x0 is zero
  uint32_t relative = 0;
  std::array<int64_t, 32> value{};

  void forget(unsigned n) noexcept {
    if (n == 0) return;
    constant &= ~(1u << n);
    relative &= ~(1u << n);
  }
};

class IrOps {
 public:
  struct Value {
    NodeId id;
    explicit operator bool() const = delete;
  };
  struct FValue {
    NodeId id;
    explicit operator bool() const = delete;
  };
  using H = isa::HostArithmetic;
  static constexpr unsigned kXlen = 64;

  IrOps(std::vector<Node>& nodes, Facts& facts, const IrInsn& at) : nodes_(nodes), facts_(facts), at_(at) {}

  // The body uses something the IR has no operation for: the interpreter's body must be called.
  [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

  Value x(unsigned n) {
    if ((facts_.constant >> n) & 1) return imm(facts_.value[n]);
    if ((facts_.relative >> n) & 1) return add(push(Node{.op = IrOp::kPageBase}), imm(facts_.value[n]));
    return push(Node{.op = IrOp::kGetX, .reg = static_cast<uint8_t>(n)});
  }
  void set_x(unsigned n, Value v) {
    if (n == 0) return;
    use(v.id);
    push(Node{.op = IrOp::kSetX, .reg = static_cast<uint8_t>(n), .a = v.id});
    facts_.forget(n);
    const Node& from = nodes_[static_cast<size_t>(v.id)];
    if (from.op == IrOp::kConst) {
      facts_.constant |= 1u << n;
      facts_.value[n] = from.k;
    } else if (from.op == IrOp::kPageBase) {
      facts_.relative |= 1u << n;
      facts_.value[n] = 0;
    } else if (from.op == IrOp::kAdd && node(from.a).op == IrOp::kPageBase && node(from.b).op == IrOp::kConst && is_near(node(from.b).k)) {
      facts_.relative |= 1u << n;
      facts_.value[n] = node(from.b).k;
    }
  }
  // A distance that a host instruction holds. Any other needs a register at each use, and a body that uses
  // such an address several times would need more than there are.
  static constexpr bool is_near(int64_t k) { return k == static_cast<int32_t>(k); }
  Value imm(int64_t k) { return push(Node{.op = IrOp::kConst, .k = k}); }
  Value pc() { return add(push(Node{.op = IrOp::kPageBase}), imm(at_.offset)); }

#define RVX_IR_BINARY(name, kind)                                                   \
  Value name(Value a, Value b) {                                                  \
    if (is_const(a) && is_const(b)) return folded(H::name(host(a), host(b)));     \
    return binary(IrOp::kind, a, b);                                                \
  }
  RVX_IR_BINARY(sub, kSub) RVX_IR_BINARY(mul, kMul) RVX_IR_BINARY(mulh, kMulh) RVX_IR_BINARY(mulhu, kMulhu)
  RVX_IR_BINARY(mulhsu, kMulhsu) RVX_IR_BINARY(div, kDiv) RVX_IR_BINARY(divu, kDivu) RVX_IR_BINARY(rem, kRem)
  RVX_IR_BINARY(remu, kRemu) RVX_IR_BINARY(divw, kDivw) RVX_IR_BINARY(divuw, kDivuw) RVX_IR_BINARY(remw, kRemw)
  RVX_IR_BINARY(remuw, kRemuw) RVX_IR_BINARY(xor_, kXor) RVX_IR_BINARY(shl, kShl) RVX_IR_BINARY(shr, kShr)
  RVX_IR_BINARY(sar, kSar) RVX_IR_BINARY(shlw, kShlw) RVX_IR_BINARY(shrw, kShrw) RVX_IR_BINARY(sarw, kSarw)
  RVX_IR_BINARY(rotl, kRotl) RVX_IR_BINARY(rotr, kRotr) RVX_IR_BINARY(rolw, kRolw) RVX_IR_BINARY(rorw, kRorw)
  RVX_IR_BINARY(eq, kEq) RVX_IR_BINARY(ne, kNe) RVX_IR_BINARY(lt, kLt) RVX_IR_BINARY(ge, kGe)
  RVX_IR_BINARY(ltu, kLtu) RVX_IR_BINARY(geu, kGeu)
#undef RVX_IR_BINARY
#define RVX_IR_UNARY(name, kind)                              \
  Value name(Value a) {                                     \
    if (is_const(a)) return folded(H::name(host(a)));       \
    use(a.id);                                              \
    return push(Node{.op = IrOp::kind, .a = a.id});           \
  }
  RVX_IR_UNARY(not_, kNot) RVX_IR_UNARY(sext8, kSext8) RVX_IR_UNARY(sext16, kSext16) RVX_IR_UNARY(sext32, kSext32)
  RVX_IR_UNARY(zext8, kZext8) RVX_IR_UNARY(zext16, kZext16) RVX_IR_UNARY(zext32, kZext32) RVX_IR_UNARY(clz, kClz)
  RVX_IR_UNARY(ctz, kCtz) RVX_IR_UNARY(cpop, kCpop) RVX_IR_UNARY(clzw, kClzw) RVX_IR_UNARY(ctzw, kCtzw)
  RVX_IR_UNARY(cpopw, kCpopw) RVX_IR_UNARY(bswap, kBswap) RVX_IR_UNARY(orc_b, kOrcB) RVX_IR_UNARY(brev8, kBrev8)
#undef RVX_IR_UNARY

  Value add(Value a, Value b) {
    if (is_const(a) && is_const(b)) return folded(H::add(host(a), host(b)));
    if (is_const(a, 0)) return b;
    if (is_const(b, 0)) return a;
    if (is_const(a)) return add(b, a);
    // (page + k1) + k2
    const Node& left = node(a.id);
    if (is_const(b) && left.op == IrOp::kAdd && node(left.a).op == IrOp::kPageBase && node(left.b).op == IrOp::kConst) {
      const NodeId page = left.a;
      const int64_t sum = static_cast<int64_t>(static_cast<uint64_t>(node(left.b).k) + static_cast<uint64_t>(node(b.id).k));
      if (is_near(sum)) return add(Value{page}, imm(sum));
    }
    return binary(IrOp::kAdd, a, b);
  }
  Value and_(Value a, Value b) {
    if (is_const(a) && is_const(b)) return folded(H::and_(host(a), host(b)));
    if (is_const(b, -1)) return a;
    return binary(IrOp::kAnd, a, b);
  }
  Value or_(Value a, Value b) {
    if (is_const(a) && is_const(b)) return folded(H::or_(host(a), host(b)));
    if (is_const(a, 0)) return b;
    if (is_const(b, 0)) return a;
    return binary(IrOp::kOr, a, b);
  }
  Value select(Value condition, Value when_nonzero, Value when_zero) {
    if (is_const(condition)) return is_const(condition, 0) ? when_zero : when_nonzero;
    use(condition.id), use(when_nonzero.id), use(when_zero.id);
    return push(Node{.op = IrOp::kSelect, .a = condition.id, .b = when_nonzero.id, .c = when_zero.id});
  }
  Value clmul(Value a, Value b) { return carryless(IrOp::kClmul, a, b); }
  Value clmulh(Value a, Value b) { return carryless(IrOp::kClmulh, a, b); }
  Value clmulr(Value a, Value b) { return carryless(IrOp::kClmulr, a, b); }

  template <class T, class Tail> void load(Value address, Tail&& tail) {
    use(address.id);
    tail(push(Node{.op = IrOp::kLoad, .type = type_of<T>(), .a = address.id}));
  }
  template <class T> void store(Value address, Value v) {
    use(address.id), use(v.id);
    push(Node{.op = IrOp::kStore, .type = type_of<T>(), .a = address.id, .b = v.id});
  }
  template <class T, class Tail> void load_reserved(Value address, Tail&& tail) {
    use(address.id);
    tail(push(Node{.op = IrOp::kLoadReserved, .type = type_of<T>(), .a = address.id}));
  }
  template <class T, class Tail> void store_conditional(Value address, Value v, Tail&& tail) {
    use(address.id), use(v.id);
    tail(push(Node{.op = IrOp::kStoreConditional, .type = type_of<T>(), .a = address.id, .b = v.id}));
  }
  template <class T, class Tail> void amo(isa::AmoOp kind, Value address, Value operand, Tail&& tail) {
    use(address.id), use(operand.id);
    tail(push(Node{.op = IrOp::kAmo, .type = type_of<T>(), .amo = kind, .a = address.id, .b = operand.id}));
  }
  template <class T, class Tail> void amo_cas(Value address, Value expected, Value desired, Tail&& tail) {
    use(address.id), use(expected.id), use(desired.id);
    tail(push(Node{.op = IrOp::kAmoCas, .type = type_of<T>(), .a = address.id, .b = expected.id, .c = desired.id}));
  }
  template <class Tail> void amo_cas_pair(Value, Value, Value, Value, Value, Tail&&) { gave_up_ = true; }

  // Only what orders earlier stores with later loads needs anything on x86.
  void fence(int64_t bits) {
    constexpr int64_t kPause = 0x010, kTso = 0x833, kStoreBefore = 0x50, kLoadAfter = 0x0a;  // predecessor w, o; successor r, i
    if (bits == kPause) push(Node{.op = IrOp::kPause});
    if ((bits & kStoreBefore) != 0 && (bits & kLoadAfter) != 0 && bits != kTso) push(Node{.op = IrOp::kFence});
  }

  void branch(Value condition, int64_t) {
    use(condition.id);
    push(Node{.op = IrOp::kBranch, .a = condition.id});
  }
  void jump(unsigned rd, int64_t) {
    push(Node{.op = IrOp::kJump, .reg = static_cast<uint8_t>(rd)});
    link(rd);
  }
  void jump_to(unsigned rd, Value target) {
    use(target.id);
    push(Node{.op = IrOp::kJumpTo, .reg = static_cast<uint8_t>(rd), .a = target.id});
    link(rd);
  }

  // --- floating point ---
  template <class F> FValue f(unsigned n) {
    return fpush(Node{.op = IrOp::kGetF, .reg = static_cast<uint8_t>(n), .format = format_of<F>()});
  }
  Value f_raw(unsigned n) { return push(Node{.op = IrOp::kFRaw, .reg = static_cast<uint8_t>(n)}); }
  template <class F> void set_f(unsigned n, FValue v) {
    use(v.id);
    push(Node{.op = IrOp::kSetF, .reg = static_cast<uint8_t>(n), .format = format_of<F>(), .a = v.id});
  }
  void set_fs_dirty() { push(Node{.op = IrOp::kTouchF}); }
  template <class F> FValue fconst(uint64_t bits) {
    return fpush(Node{.op = IrOp::kFConst, .format = format_of<F>(), .k = static_cast<int64_t>(isa::fp::box<F>(bits))});
  }
#define RVX_IR_FP_BINARY(name, kind) \
  template <class F> FValue name(FValue a, FValue b, unsigned) { return fp<F>(IrOp::kind, a, b); }
  RVX_IR_FP_BINARY(fadd, kFAdd) RVX_IR_FP_BINARY(fsub, kFSub) RVX_IR_FP_BINARY(fmul, kFMul) RVX_IR_FP_BINARY(fdiv, kFDiv)
#undef RVX_IR_FP_BINARY
  template <class F> FValue fsqrt(FValue a, unsigned) { return fp<F>(IrOp::kFSqrt, a); }
#define RVX_IR_FP_FUSED(name, kind) \
  template <class F> FValue name(FValue a, FValue b, FValue c, unsigned) { return fp<F>(IrOp::kind, a, b, c); }
  RVX_IR_FP_FUSED(fmadd, kFMadd) RVX_IR_FP_FUSED(fmsub, kFMsub) RVX_IR_FP_FUSED(fnmsub, kFNmsub)
  RVX_IR_FP_FUSED(fnmadd, kFNmadd)
#undef RVX_IR_FP_FUSED
#define RVX_IR_FP_CHOOSE(name, kind) \
  template <class F> FValue name(FValue a, FValue b) { return fp<F>(IrOp::kind, a, b); }
  RVX_IR_FP_CHOOSE(fsgnj, kFSgnj) RVX_IR_FP_CHOOSE(fsgnjn, kFSgnjn) RVX_IR_FP_CHOOSE(fsgnjx, kFSgnjx)
  RVX_IR_FP_CHOOSE(fmin, kFMin) RVX_IR_FP_CHOOSE(fmax, kFMax)
#undef RVX_IR_FP_CHOOSE
#define RVX_IR_FP_COMPARE(name, kind) \
  template <class F> Value name(FValue a, FValue b) { return Value{fp<F>(IrOp::kind, a, b).id}; }
  RVX_IR_FP_COMPARE(feq, kFEq) RVX_IR_FP_COMPARE(flt, kFLt) RVX_IR_FP_COMPARE(fle, kFLe)
#undef RVX_IR_FP_COMPARE
  template <class F> FValue fminm(FValue a, FValue) { return fgive_up(a); }
  template <class F> FValue fmaxm(FValue a, FValue) { return fgive_up(a); }
  template <class F> Value fltq(FValue a, FValue) { return Value{fgive_up(a).id}; }
  template <class F> Value fleq(FValue a, FValue) { return Value{fgive_up(a).id}; }
  template <class F> FValue fround(FValue a, unsigned) { return fgive_up(a); }
  template <class F> FValue froundnx(FValue a, unsigned) { return fgive_up(a); }
  template <class F> Value fclass(FValue a) { return Value{fgive_up(a).id}; }
  template <class F> Value fcvtmod(FValue a) { return Value{fgive_up(a).id}; }
  template <class To, class From> FValue fcvt(FValue a, unsigned) {
    if constexpr (To::kBits == 16 || From::kBits == 16) return fgive_up(a);
    return fp<From>(To::kBits > From::kBits ? IrOp::kFWiden : IrOp::kFNarrow, a);
  }
  template <class T, class F> Value fcvt_int(FValue a, unsigned rm) {
    const FValue v = fp<F>(IrOp::kFToInt, a);
    node(v.id).type = type_of<T>();
    node(v.id).rm = static_cast<uint8_t>(rm & 7);
    return Value{v.id};
  }
  template <class F, class T> FValue fcvt_from_int(Value x, unsigned) {
    const FValue v = fp<F>(IrOp::kFFromInt, FValue{x.id});
    node(v.id).type = type_of<T>();
    return v;
  }
  template <class F> FValue fmv(Value x) {
    use(x.id);
    return fpush(Node{.op = IrOp::kFMove, .format = format_of<F>(), .a = x.id});
  }

 private:
  template <class F> static constexpr FpFormat format_of() {
    return F::kBits == 64 ? FpFormat::kDouble : F::kBits == 32 ? FpFormat::kSingle : FpFormat::kHalf;
  }
  template <class T> static constexpr IrType type_of() {
    return static_cast<IrType>(std::countr_zero(sizeof(T)) + (std::is_signed_v<T> ? 0 : 4));
  }
  Node& node(NodeId id) { return nodes_[static_cast<size_t>(id)]; }
  void use(NodeId id) {
    if (id != kNoNode) ++node(id).uses;
  }
  bool is_const(Value v) { return node(v.id).op == IrOp::kConst; }
  bool is_const(Value v, int64_t k) { return is_const(v) && node(v.id).k == k; }
  H::Value host(Value v) { return {static_cast<uint64_t>(node(v.id).k)}; }
  Value folded(H::Value v) { return imm(static_cast<int64_t>(v.raw)); }
  Value push(Node n) {
    nodes_.push_back(n);
    return Value{static_cast<NodeId>(nodes_.size() - 1)};
  }
  FValue fpush(Node n) { return FValue{push(n).id}; }
  Value binary(IrOp op, Value a, Value b) {
    use(a.id), use(b.id);
    return push(Node{.op = op, .a = a.id, .b = b.id});
  }
  Value carryless(IrOp op, Value a, Value b) { return isa::has_carryless_multiply() ? binary(op, a, b) : give_up(a); }
  template <class F> FValue fp(IrOp op, FValue a, FValue b = {kNoNode}, FValue c = {kNoNode}) {
    const bool is_bitwise = op == IrOp::kFSgnj || op == IrOp::kFSgnjn || op == IrOp::kFSgnjx;
    if (F::kBits == 16 && !is_bitwise) gave_up_ = true;
    use(a.id), use(b.id), use(c.id);
    return fpush(Node{.op = op, .format = format_of<F>(), .a = a.id, .b = b.id, .c = c.id});
  }
  void link(unsigned rd) {
    if (rd == 0) return;
    facts_.forget(rd);
    facts_.relative |= 1u << rd;
    facts_.value[rd] = at_.offset + at_.insn.length;
  }
  Value give_up(Value a) {
    gave_up_ = true;
    return a;
  }
  FValue fgive_up(FValue a) {
    gave_up_ = true;
    return a;
  }

  std::vector<Node>& nodes_;
  Facts& facts_;
  const IrInsn& at_;
  bool gave_up_ = false;
};

}  // namespace rvx::jit
