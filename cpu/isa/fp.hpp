// Floating-point operations on bit patterns, done by the host's SSE under the guest's MXCSR.
//
// Each function rounds by the mode in MXCSR and leaves its exceptions in MXCSR's sticky bits (see
// fp_env.hpp for what MXCSR holds). x86 detects tininess after rounding as RISC-V does. Arguments
// and results are values of their format (upper bits zero); a NaN result is the canonical one.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/isa/fp_env.hpp"
#include "cpu/isa/fp_format.hpp"
#include "cpu/isa/fp_host.hpp"
#include "cpu/isa/fp_soft.hpp"

namespace rvx::isa::fp {

// --- Arithmetic ----------------------------------------------------------------------------------

// F16 through float rounds twice, which is harmless: float has 2p+2 bits of F16's p = 11, products
// are exact, sums below the normal range are exact, and a quotient that is not an F16 lies further
// from every F16 and every midpoint than float's rounding moves it ("when is double rounding
// innocuous", Figueroa). So value, inexact and underflow come out as if rounded once.
template <class F> uint64_t add(uint64_t a, uint64_t b) {
  return host::store<F>(host::add(host::load<F>(a), host::load<F>(b)));
}
template <class F> uint64_t sub(uint64_t a, uint64_t b) {
  return host::store<F>(host::sub(host::load<F>(a), host::load<F>(b)));
}
template <class F> uint64_t mul(uint64_t a, uint64_t b) {
  return host::store<F>(host::mul(host::load<F>(a), host::load<F>(b)));
}
template <class F> uint64_t div(uint64_t a, uint64_t b) {
  return host::store<F>(host::div(host::load<F>(a), host::load<F>(b)));
}
template <class F> uint64_t sqrt(uint64_t a) {
  return host::store<F>(host::sqrt(host::load<F>(a)));
}

namespace detail {

// Rounds a double that is no NaN to F16. The double's low bits are first folded into one sticky bit
// that float still holds (rounding to odd), so that only the last step rounds. Values far outside
// F16's range are pulled to where float represents them and F16 rounds them alike.
inline uint64_t round_to_half(double d) {
  constexpr uint64_t kLow = F64::power_of_two(-60), kHigh = F64::power_of_two(60);
  constexpr uint64_t kSticky = uint64_t{1} << 29, kDropped = kSticky - 1;
  const uint64_t bits = std::bit_cast<uint64_t>(d);
  uint64_t m = magnitude<F64>(bits);
  if (m - kLow > kHigh - kLow && m != 0 && m != F64::kInfinity) [[unlikely]]
    m = m < kLow ? kLow : kHigh;
  if ((m & kDropped) != 0) m = (m | kSticky) & ~kDropped;
  return host::to_half(host::narrow(std::bit_cast<double>(m | (bits & F64::kSign))));
}

// A fused multiply-add gave a NaN: infinity times zero is invalid even if the addend is a quiet
// NaN, of which the host says nothing ("Single-Precision Floating-Point Computational
// Instructions").
template <class F> RVX_FP_INLINE uint64_t fused_nan(uint64_t a, uint64_t b) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  if ((is_infinite<F>(a) && is_zero<F>(b)) || (is_zero<F>(a) && is_infinite<F>(b)))
    host::sub(kInfinite, kInfinite);
  return F::kCanonicalNan;
}

// F16 fuses in double: the product is exact, and where the sum is not, its operands are so far
// apart that the result is not near a midpoint of F16. Rounding to float first would not do.
template <class F, class Fused>
RVX_FP_INLINE uint64_t fused(uint64_t a, uint64_t b, uint64_t c, Fused op) {
  if constexpr (std::is_same_v<F, F16>) {
    const auto wide = [](uint64_t v) { return host::widen(host::from_half(v)); };
    const double r = op(wide(a), wide(b), wide(c));
    if (host::unordered(r, r)) [[unlikely]]
      return fused_nan<F>(a, b);
    return round_to_half(r);
  } else {
    const auto r = op(host::load<F>(a), host::load<F>(b), host::load<F>(c));
    if (host::unordered(r, r)) [[unlikely]]
      return fused_nan<F>(a, b);
    return host::store_number<F>(r);
  }
}
}  // namespace detail

template <class F> RVX_FP_INLINE uint64_t fmadd(uint64_t a, uint64_t b, uint64_t c) {
  return detail::fused<F>(a, b, c, [](auto x, auto y, auto z) { return host::fmadd(x, y, z); });
}
template <class F> RVX_FP_INLINE uint64_t fmsub(uint64_t a, uint64_t b, uint64_t c) {
  return detail::fused<F>(a, b, c, [](auto x, auto y, auto z) { return host::fmsub(x, y, z); });
}
template <class F> RVX_FP_INLINE uint64_t fnmsub(uint64_t a, uint64_t b, uint64_t c) {
  return detail::fused<F>(a, b, c, [](auto x, auto y, auto z) { return host::fnmsub(x, y, z); });
}
template <class F> RVX_FP_INLINE uint64_t fnmadd(uint64_t a, uint64_t b, uint64_t c) {
  return detail::fused<F>(a, b, c, [](auto x, auto y, auto z) { return host::fnmadd(x, y, z); });
}

// --- Minimum, maximum, comparison ----------------------------------------------------------------

namespace detail {
// vmin and vmax return their second operand for equal ones and raise IE for quiet NaNs; so NaNs go
// first, and both orders together get the zeros right. The test itself raises NV for signalling
// NaNs.
template <class F, bool Max, bool NanWins> uint64_t select_extreme(uint64_t a, uint64_t b) {
  const auto x = host::load<F>(a), y = host::load<F>(b);
  if (host::unordered(x, y)) [[unlikely]] {
    if (NanWins || (is_nan<F>(a) && is_nan<F>(b))) return F::kCanonicalNan;
    return is_nan<F>(a) ? b : a;
  }
  if constexpr (std::is_same_v<F, F16>) {
    if constexpr (Max)
      return host::greater(x, y) ? a : host::greater(y, x) ? b : a & b;
    else
      return host::greater(x, y) ? b : host::greater(y, x) ? a : a | b;
  } else {
    using Bits = std::conditional_t<std::is_same_v<F, F64>, uint64_t, uint32_t>;
    if constexpr (Max)
      return std::bit_cast<Bits>(host::max(x, y)) & std::bit_cast<Bits>(host::max(y, x));
    else
      return std::bit_cast<Bits>(host::min(x, y)) | std::bit_cast<Bits>(host::min(y, x));
  }
}
}  // namespace detail

// fmin and fmax prefer a number to a NaN; fminm and fmaxm (Zfa) do not.
template <class F> uint64_t min(uint64_t a, uint64_t b) {
  return detail::select_extreme<F, false, false>(a, b);
}
template <class F> uint64_t max(uint64_t a, uint64_t b) {
  return detail::select_extreme<F, true, false>(a, b);
}
template <class F> uint64_t minm(uint64_t a, uint64_t b) {
  return detail::select_extreme<F, false, true>(a, b);
}
template <class F> uint64_t maxm(uint64_t a, uint64_t b) {
  return detail::select_extreme<F, true, true>(a, b);
}

// 0 or 1. lt and le raise NV for any NaN; eq, ltq and leq for signalling ones only.
template <class F> uint64_t eq(uint64_t a, uint64_t b) {
  return host::equal(host::load<F>(a), host::load<F>(b));
}
template <class F> uint64_t lt(uint64_t a, uint64_t b) {
  return host::greater(host::load<F>(b), host::load<F>(a));
}
template <class F> uint64_t le(uint64_t a, uint64_t b) {
  return host::greater_or_equal(host::load<F>(b), host::load<F>(a));
}
template <class F> uint64_t ltq(uint64_t a, uint64_t b) {
  return host::greater_quiet(host::load<F>(b), host::load<F>(a));
}
template <class F> uint64_t leq(uint64_t a, uint64_t b) {
  return host::greater_or_equal_quiet(host::load<F>(b), host::load<F>(a));
}

// --- Conversions ---------------------------------------------------------------------------------

template <class To, class From> uint64_t convert(uint64_t a) {
  static_assert(!std::is_same_v<To, From>);
  const auto x = host::load<From>(a);
  if constexpr (std::is_same_v<To, F64>) {
    return host::store<F64>(host::widen(x));
  } else if constexpr (std::is_same_v<To, F32> && std::is_same_v<From, F64>) {
    return host::store<F32>(host::narrow(x));
  } else if constexpr (std::is_same_v<To, F16> && std::is_same_v<From, F64>) {
    // vucomisd raises NV for a signalling NaN, as the conversion should.
    if (host::unordered(x, x)) [[unlikely]]
      return F16::kCanonicalNan;
    return detail::round_to_half(x);
  } else {
    return host::store<To>(x);
  }
}

namespace detail {
inline uint64_t extended(int32_t v) { return static_cast<uint64_t>(int64_t{v}); }
inline uint64_t extended(uint32_t v) { return extended(static_cast<int32_t>(v)); }
inline uint64_t extended(int64_t v) { return static_cast<uint64_t>(v); }
inline uint64_t extended(uint64_t v) { return v; }

// What the host answered with its "integer indefinite" (the most negative number, NV raised unless
// that was the true result): NaNs saturate upwards.
template <class T, class F> RVX_FP_INLINE uint64_t saturated(uint64_t a) {
  const bool low = is_negative<F>(a) && !is_nan<F>(a);
  return extended(low ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max());
}

// Conversions to unsigned that no host instruction does with the right flags: negative and too
// large arguments. A 64-bit conversion would raise NX beyond 32 bits, and NX cannot be taken back.
template <class T, class F, bool Truncate> RVX_FP_COLD uint64_t to_unsigned_outside(uint64_t a) {
  if constexpr (std::is_same_v<T, uint64_t> && F::kBits > 16) {
    // From 2^63 below 2^64 every value is an integer with its leading bit at the top.
    if (a >> F::kFractionBits == F::power_of_two(63) >> F::kFractionBits) {
      return (a & F::kFraction) << (63 - F::kFractionBits) | uint64_t{1} << 63;
    }
  }
  const soft::Result r = soft::to_int<T, F>(a, Truncate ? kRtz : mode_from_mxcsr(read_mxcsr()));
  raise_fflags(r.flags);
  return r.bits;
}

// The largest value of F, as bits, that every rounding mode takes to a T: up to there positive
// values convert through int64_t.
template <class T, class F> constexpr uint64_t safe_unsigned_limit() {
  if (F::kBits == 16) return F::kMaxFinite;
  if (std::is_same_v<T, uint64_t>) return F::power_of_two(63) - 1;
  if (F::kBits == 32) return F::power_of_two(32) - 1;
  return F::power_of_two(32) - (uint64_t{1} << 21);  // 2^32 - 1
}

template <class T, class F, bool Truncate> uint64_t to_int(uint64_t a) {
  const auto wide = [](auto x) {
    return Truncate ? host::truncated_to_int64(x) : host::to_int64(x);
  };
  const auto x = host::load<F>(a);
  if constexpr (std::is_unsigned_v<T>) {
    if (a > safe_unsigned_limit<T, F>()) [[unlikely]]
      return to_unsigned_outside<T, F, Truncate>(a);
    return extended(static_cast<T>(wide(x)));
  } else {
    T r;
    if constexpr (sizeof(T) == 4)
      r = Truncate ? host::truncated_to_int32(x) : host::to_int32(x);
    else
      r = wide(x);
    if (r == std::numeric_limits<T>::min()) [[unlikely]]
      return saturated<T, F>(a);
    return extended(r);
  }
}
}  // namespace detail

// To T = int32_t, uint32_t, int64_t, uint64_t: saturated, and sign-extended to 64 bits from T's top
// bit (fcvt.wu as well). Out of range raises NV and not NX.
template <class T, class F> uint64_t to_int(uint64_t a) { return detail::to_int<T, F, false>(a); }
// The same rounded towards zero whatever MXCSR says: what C's casts compile to.
template <class T, class F> uint64_t to_int_truncated(uint64_t a) {
  return detail::to_int<T, F, true>(a);
}

// From the low bits of `v` as a T.
template <class F, class T> uint64_t from_int(uint64_t v) {
  const auto convert_int64 = [](int64_t n) {
    if constexpr (std::is_same_v<F, F64>)
      return host::double_from_int64(n);
    else
      return host::float_from_int64(n);
  };
  if constexpr (std::is_same_v<F, F16>) {
    // 2^24 overflows F16 as all above it do, and up to it float is exact.
    constexpr int64_t kLimit = 1 << 24;
    int64_t n;
    if constexpr (std::is_same_v<T, uint64_t>)
      n = v > kLimit ? kLimit : static_cast<int64_t>(v);
    else
      n = static_cast<T>(v);
    n = n > kLimit ? kLimit : n < -kLimit ? -kLimit : n;
    return host::to_half(host::float_from_int64(n));
  } else {
    using Bits = std::conditional_t<std::is_same_v<F, F64>, uint64_t, uint32_t>;
    if constexpr (std::is_same_v<T, uint64_t>) {
      if (static_cast<int64_t>(v) < 0) [[unlikely]] {
        // Half of it with the lost bit sticky rounds alike; doubling is exact.
        const auto half = convert_int64(static_cast<int64_t>(v >> 1 | (v & 1)));
        return std::bit_cast<Bits>(host::add(half, half));
      }
    }
    return std::bit_cast<Bits>(convert_int64(static_cast<int64_t>(static_cast<T>(v))));
  }
}

// --- Rounding to an integer (Zfa) ----------------------------------------------------------------

// fround raises no NX, froundnx (Exact) does.
template <class F, bool Exact> uint64_t round_to_integral(uint64_t a) {
  return host::store<F>(
      host::round<host::kRoundByMxcsr | (Exact ? 0 : host::kRoundQuietly)>(host::load<F>(a)));
}
template <class F> uint64_t fround(uint64_t a) { return round_to_integral<F, false>(a); }
template <class F> uint64_t froundnx(uint64_t a) { return round_to_integral<F, true>(a); }

// The same by a static mode 0..4, without touching MXCSR's own.
template <class F, bool Exact> uint64_t round_to_integral_by(uint64_t a, unsigned mode) {
  constexpr int kQuiet = Exact ? 0 : host::kRoundQuietly;
  const auto x = host::load<F>(a);
  switch (mode) {
    case kRne: return host::store<F>(host::round<kQuiet | 0>(x));
    case kRdn: return host::store<F>(host::round<kQuiet | 1>(x));
    case kRup: return host::store<F>(host::round<kQuiet | 2>(x));
    case kRtz: return host::store<F>(host::round<kQuiet | 3>(x));
    default: break;
  }
  const soft::Result r = soft::round_to_integral<F, Exact>(a, mode);
  raise_fflags(r.flags);
  return r.bits;
}

namespace detail {
// Bits 31:0 of a truncated double that does not fit into int32_t; NV is already raised.
RVX_FP_COLD inline uint64_t modular_int32(uint64_t a) {
  const int shift = static_cast<int>(a >> 52 & 0x7ff) - F64::kBias - 52;
  const uint64_t significand = (a & F64::kFraction) | F64::kMinNormal;
  uint64_t r = 0;
  if (shift < 0)
    r = significand >> -shift;  // at least 2^31, so the shift is short
  else if (shift < 32)
    r = significand << shift;
  return extended(static_cast<uint32_t>(is_negative<F64>(a) ? -r : r));
}
}  // namespace detail

// "Modular Convert-to-Integer Instruction": flags as fcvt.w.d's.
inline uint64_t fcvtmod(uint64_t a) {
  const int32_t r = host::truncated_to_int32(host::load<F64>(a));
  if (r == std::numeric_limits<int32_t>::min()) [[unlikely]]
    return detail::modular_int32(a);
  return detail::extended(r);
}

}  // namespace rvx::isa::fp
