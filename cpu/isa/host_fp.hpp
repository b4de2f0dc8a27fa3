// The floating-point part of HostOps: a mix-in that computes with fp.hpp on the host's MXCSR.
#pragma once

#include <cstdint>

#include "cpu/isa/fp.hpp"
#include "cpu/isa/host_arithmetic.hpp"

namespace rvx::isa {

// `Engine` derives from HostFp<Engine> and says
//   uint32_t direct_rounding() const   fp::direct_rounding(frm), kept where frm is kept
//   unsigned frm() const               the rounding mode in force, 0..4
// and MXCSR is as fp_env.hpp wants it. A body with an illegal rm, or a dynamic one while frm is
// illegal, never runs. `rm` is Insn::imm as it stands; only its bits 2:0 count here. The usual case
// costs one bit test and a jump not taken.
template <class Engine> struct HostFp {
  using FValue = uint64_t;
  using XValue = HostArithmetic::Value;

  template <class F> RVX_FP_INLINE uint64_t fadd(uint64_t a, uint64_t b, unsigned rm) {
    return rounded<fp::add<F>, fp::soft::add<F>>(rm, a, b);
  }
  template <class F> RVX_FP_INLINE uint64_t fsub(uint64_t a, uint64_t b, unsigned rm) {
    return rounded<fp::sub<F>, fp::soft::sub<F>>(rm, a, b);
  }
  template <class F> RVX_FP_INLINE uint64_t fmul(uint64_t a, uint64_t b, unsigned rm) {
    return rounded<fp::mul<F>, fp::soft::mul<F>>(rm, a, b);
  }
  template <class F> RVX_FP_INLINE uint64_t fdiv(uint64_t a, uint64_t b, unsigned rm) {
    return rounded<fp::div<F>, fp::soft::div<F>>(rm, a, b);
  }
  template <class F> RVX_FP_INLINE uint64_t fsqrt(uint64_t a, unsigned rm) {
    return rounded<fp::sqrt<F>, fp::soft::sqrt<F>>(rm, a);
  }

  template <class F> RVX_FP_INLINE uint64_t fmadd(uint64_t a, uint64_t b, uint64_t c, unsigned rm) {
    return rounded<fp::fmadd<F>, fp::soft::fmadd<F>>(rm, a, b, c);
  }
  template <class F> RVX_FP_INLINE uint64_t fmsub(uint64_t a, uint64_t b, uint64_t c, unsigned rm) {
    return rounded<fp::fmsub<F>, fp::soft::fmsub<F>>(rm, a, b, c);
  }
  template <class F>
  RVX_FP_INLINE uint64_t fnmsub(uint64_t a, uint64_t b, uint64_t c, unsigned rm) {
    return rounded<fp::fnmsub<F>, fp::soft::fnmsub<F>>(rm, a, b, c);
  }
  template <class F>
  RVX_FP_INLINE uint64_t fnmadd(uint64_t a, uint64_t b, uint64_t c, unsigned rm) {
    return rounded<fp::fnmadd<F>, fp::soft::fnmadd<F>>(rm, a, b, c);
  }

  template <class F> uint64_t fsgnj(uint64_t a, uint64_t b) { return fp::sgnj<F>(a, b); }
  template <class F> uint64_t fsgnjn(uint64_t a, uint64_t b) { return fp::sgnjn<F>(a, b); }
  template <class F> uint64_t fsgnjx(uint64_t a, uint64_t b) { return fp::sgnjx<F>(a, b); }
  template <class F> uint64_t fmin(uint64_t a, uint64_t b) { return fp::min<F>(a, b); }
  template <class F> uint64_t fmax(uint64_t a, uint64_t b) { return fp::max<F>(a, b); }
  template <class F> uint64_t fminm(uint64_t a, uint64_t b) { return fp::minm<F>(a, b); }
  template <class F> uint64_t fmaxm(uint64_t a, uint64_t b) { return fp::maxm<F>(a, b); }
  template <class F> XValue feq(uint64_t a, uint64_t b) { return {fp::eq<F>(a, b)}; }
  template <class F> XValue flt(uint64_t a, uint64_t b) { return {fp::lt<F>(a, b)}; }
  template <class F> XValue fle(uint64_t a, uint64_t b) { return {fp::le<F>(a, b)}; }
  template <class F> XValue fltq(uint64_t a, uint64_t b) { return {fp::ltq<F>(a, b)}; }
  template <class F> XValue fleq(uint64_t a, uint64_t b) { return {fp::leq<F>(a, b)}; }
  template <class F> XValue fclass(uint64_t a) { return {fp::classify<F>(a)}; }
  template <class F> uint64_t fconst(uint64_t bits) { return bits; }
  template <class F> uint64_t fmv(XValue x) { return x.raw & F::kMask; }

  template <class To, class From> RVX_FP_INLINE uint64_t fcvt(uint64_t a, unsigned rm) {
    if constexpr (To::kBits > From::kBits)
      return fp::convert<To, From>(a);  // exact
    else
      return rounded<fp::convert<To, From>, fp::soft::convert<To, From>>(rm, a);
  }
  template <class T, class F> RVX_FP_INLINE XValue fcvt_int(uint64_t a, unsigned rm) {
    if ((rm & 7) == fp::kRtz) return {fp::to_int_truncated<T, F>(a)};
    return {rounded<fp::to_int<T, F>, fp::soft::to_int<T, F>>(rm, a)};
  }
  template <class F, class T> RVX_FP_INLINE uint64_t fcvt_from_int(XValue x, unsigned rm) {
    if constexpr (F::kBits == 64 && sizeof(T) == 4)
      return fp::from_int<F, T>(x.raw);  // exact
    else
      return rounded<fp::from_int<F, T>, fp::soft::from_int<F, T>>(rm, x.raw);
  }
  template <class F> XValue fcvtmod(uint64_t a) {
    static_assert(F::kBits == 64);
    return {fp::fcvtmod(a)};
  }

  template <class F> RVX_FP_INLINE uint64_t fround(uint64_t a, unsigned rm) {
    return rounded_to_integral<F, false>(a, rm);
  }
  template <class F> RVX_FP_INLINE uint64_t froundnx(uint64_t a, unsigned rm) {
    return rounded_to_integral<F, true>(a, rm);
  }

 private:
  const Engine& engine() const { return static_cast<const Engine&>(*this); }
  bool host_rounding_is(unsigned rm) const {
    return (engine().direct_rounding() >> (rm & 31) & 1) != 0;
  }

  template <auto Host, auto Soft, class... A> RVX_FP_INLINE uint64_t rounded(unsigned rm, A... a) {
    if (!host_rounding_is(rm)) [[unlikely]]
      return rounded_otherwise<Host, Soft, A...>(rm, engine().frm(), a...);
    return Host(a...);
  }

  template <auto Host, auto Soft, class... A>
  RVX_FP_COLD static uint64_t rounded_otherwise(unsigned rm, unsigned frm, A... a) {
    const unsigned mode = (rm & 7) == fp::kDynamic ? frm : rm & 7;
    if (mode == fp::kRmm) {
      const fp::soft::Result r = Soft(a..., mode);
      fp::raise_fflags(r.flags);
      return r.bits;
    }
    const fp::ScopedRounding scope(mode);
    return Host(a...);
  }

  // floor, ceil and the like come with static modes, which the host's instruction takes as well.
  template <class F, bool Exact>
  RVX_FP_INLINE uint64_t rounded_to_integral(uint64_t a, unsigned rm) {
    if (host_rounding_is(rm)) return fp::round_to_integral<F, Exact>(a);
    return fp::round_to_integral_by<F, Exact>(a,
                                              (rm & 7) == fp::kDynamic ? engine().frm() : rm & 7);
  }
};

}  // namespace rvx::isa
