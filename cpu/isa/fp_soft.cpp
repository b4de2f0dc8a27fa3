// Exact floating point on 128-bit integers: unpack, compute with a sticky last bit, round once.
#include "cpu/isa/fp_soft.hpp"

#include <bit>
#include <limits>
#include <type_traits>
#include <utility>

namespace rvx::isa::fp::soft {
namespace {

__extension__ using u128 = unsigned __int128;

int highest_bit(u128 v) {
  const auto high = static_cast<uint64_t>(v >> 64);
  return high != 0 ? 127 - std::countl_zero(high) : 63 - std::countl_zero(static_cast<uint64_t>(v));
}

// v >> shift whose last bit also stands for everything shifted out.
u128 shift_right_sticky(u128 v, int shift) {
  if (shift <= 0) return v;
  if (shift > 127) return v != 0;
  return v >> shift | ((v & ((u128{1} << shift) - 1)) != 0);
}

// sign * significand * 2^exponent. An inexact significand has its last bit set and so many above it
// that no rounding position or midpoint reaches down there.
struct Number {
  bool negative;
  int exponent;
  u128 significand;
};

// v / 2^shift rounded to an integer by `mode`; v is below 2^126.
u128 round_shifted(u128 v, int shift, bool negative, unsigned mode, bool& inexact) {
  inexact = false;
  if (shift <= 0) return v << -shift;
  if (shift > 126) {  // below a half
    v = v != 0;
    shift = 2;
  }
  const u128 rest = v & ((u128{1} << shift) - 1), half = u128{1} << (shift - 1);
  const u128 down = v >> shift;
  inexact = rest != 0;
  switch (mode) {
    case kRtz: return down;
    case kRdn: return down + (negative && inexact);
    case kRup: return down + (!negative && inexact);
    case kRmm: return down + (rest >= half);
    default: return down + (rest > half || (rest == half && (down & 1) != 0));
  }
}

template <class F> Result zero(bool negative) { return {negative ? F::kSign : 0, 0}; }
template <class F> Result infinity(bool negative, unsigned flags = 0) {
  return {F::kInfinity | (negative ? F::kSign : 0), flags};
}
template <class F> Result nan(unsigned flags) { return {F::kCanonicalNan, flags}; }

// n, which is not zero, as a value of F. Tininess is detected after rounding ("Subnormal
// Arithmetic").
template <class F> Result rounded(Number n, unsigned mode) {
  constexpr int kPrecision = F::kFractionBits + 1;
  constexpr int kMinExponent = 1 - F::kBias;
  constexpr int kMinQuantum = kMinExponent - (kPrecision - 1);
  const int exponent = n.exponent + highest_bit(n.significand);
  if (const int excess = highest_bit(n.significand) - 100; excess > 0) {
    n.significand = shift_right_sticky(n.significand, excess);
    n.exponent += excess;
  }
  const int free_quantum = exponent - (kPrecision - 1);
  const int quantum = free_quantum < kMinQuantum ? kMinQuantum : free_quantum;

  bool inexact;
  u128 r = round_shifted(n.significand, free_quantum - n.exponent, n.negative, mode, inexact);
  const bool reaches_normal = exponent == kMinExponent - 1 && r >> kPrecision != 0;
  const bool tiny = exponent < kMinExponent && !reaches_normal;
  if (quantum != free_quantum)
    r = round_shifted(n.significand, quantum - n.exponent, n.negative, mode, inexact);

  // Adding the significand, leading bit included, carries into the exponent field where it must.
  const uint64_t sign = n.negative ? F::kSign : 0;
  const uint64_t m =
      (static_cast<uint64_t>(quantum - kMinQuantum) << F::kFractionBits) + static_cast<uint64_t>(r);
  if (quantum - kMinQuantum > 2 * F::kBias || m >= F::kInfinity) {
    const bool away = mode == kRne || mode == kRmm || mode == (n.negative ? kRdn : kRup);
    return {sign | (away ? F::kInfinity : F::kMaxFinite), kOf | kNx};
  }
  return {sign | m, inexact ? (tiny ? kUf | kNx : kNx) : 0};
}

// A finite value that is not zero.
template <class F> Number unpacked(uint64_t v) {
  const uint64_t field = magnitude<F>(v) >> F::kFractionBits;
  const uint64_t fraction = v & F::kFraction;
  const int quantum = 1 - F::kBias - static_cast<int>(F::kFractionBits);
  if (field == 0) return {is_negative<F>(v), quantum, fraction};
  return {is_negative<F>(v), quantum + static_cast<int>(field) - 1, fraction | F::kMinNormal};
}

// The same number with its leading bit at bit 126.
Number normalized(Number n) {
  const int shift = 126 - highest_bit(n.significand);
  return {n.negative, n.exponent - shift, n.significand << shift};
}

template <class F> unsigned invalid_if_signalling(uint64_t a, uint64_t b = 0, uint64_t c = 0) {
  return is_signalling<F>(a) || is_signalling<F>(b) || is_signalling<F>(c) ? kNv : 0;
}

// The sum of two numbers that are not zero. Cancellation of more than one bit needs exponents
// within one of each other, where the alignment loses nothing: arguments have at most 106
// significant bits.
template <class F> Result sum(Number a, Number b, unsigned mode) {
  a = normalized(a);
  b = normalized(b);
  if (a.exponent < b.exponent) std::swap(a, b);
  b.significand = shift_right_sticky(b.significand, a.exponent - b.exponent);
  if (a.negative == b.negative) {
    a.significand += b.significand;
  } else if (a.significand == b.significand) {
    return zero<F>(mode == kRdn);
  } else if (a.significand > b.significand) {
    a.significand -= b.significand;
  } else {
    a.significand = b.significand - a.significand;
    a.negative = b.negative;
  }
  return rounded<F>(a, mode);
}

u128 integer_sqrt(u128 v) {  // rounded down
  u128 root = 0;
  for (int bit = highest_bit(v) / 2; bit >= 0; --bit) {
    const u128 next = root | u128{1} << bit;
    if (next * next <= v) root = next;
  }
  return root;
}

}  // namespace

template <class F> Result fmadd(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept {
  const bool negative = is_negative<F>(a) != is_negative<F>(b);
  const bool infinite = is_infinite<F>(a) || is_infinite<F>(b);
  if (!is_nan<F>(a) && !is_nan<F>(b) && infinite && (is_zero<F>(a) || is_zero<F>(b)))
    return nan<F>(kNv);
  if (is_nan<F>(a) || is_nan<F>(b) || is_nan<F>(c))
    return nan<F>(invalid_if_signalling<F>(a, b, c));
  if (infinite) {
    if (is_infinite<F>(c) && is_negative<F>(c) != negative) return nan<F>(kNv);
    return infinity<F>(negative);
  }
  if (is_infinite<F>(c)) return {c, 0};
  if (is_zero<F>(a) || is_zero<F>(b)) {
    if (!is_zero<F>(c)) return {c, 0};
    return zero<F>(is_negative<F>(c) == negative ? negative : mode == kRdn);
  }
  const Number x = unpacked<F>(a), y = unpacked<F>(b);
  const Number product{negative, x.exponent + y.exponent, x.significand * y.significand};
  return is_zero<F>(c) ? rounded<F>(product, mode) : sum<F>(product, unpacked<F>(c), mode);
}

template <class F> Result fmsub(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept {
  return fmadd<F>(a, b, negated<F>(c), mode);
}
template <class F> Result fnmsub(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept {
  return fmadd<F>(negated<F>(a), b, c, mode);
}
template <class F> Result fnmadd(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept {
  return fmadd<F>(negated<F>(a), b, negated<F>(c), mode);
}
template <class F> Result add(uint64_t a, uint64_t b, unsigned mode) noexcept {
  return fmadd<F>(a, F::power_of_two(0), b, mode);
}
template <class F> Result sub(uint64_t a, uint64_t b, unsigned mode) noexcept {
  return add<F>(a, negated<F>(b), mode);
}

template <class F> Result mul(uint64_t a, uint64_t b, unsigned mode) noexcept {
  // A zero of the product's sign added leaves even a zero product its sign.
  return fmadd<F>(a, b, (a ^ b) & F::kSign, mode);
}

template <class F> Result div(uint64_t a, uint64_t b, unsigned mode) noexcept {
  const bool negative = is_negative<F>(a) != is_negative<F>(b);
  if (is_nan<F>(a) || is_nan<F>(b)) return nan<F>(invalid_if_signalling<F>(a, b));
  if (is_infinite<F>(a)) return is_infinite<F>(b) ? nan<F>(kNv) : infinity<F>(negative);
  if (is_infinite<F>(b)) return zero<F>(negative);
  if (is_zero<F>(b)) return is_zero<F>(a) ? nan<F>(kNv) : infinity<F>(negative, kDz);
  if (is_zero<F>(a)) return zero<F>(negative);
  const Number x = normalized(unpacked<F>(a)), y = unpacked<F>(b);
  // 127 bits over at most 53: at least 74 bits of quotient.
  const u128 quotient = x.significand / y.significand, rest = x.significand % y.significand;
  return rounded<F>({negative, x.exponent - y.exponent, quotient | (rest != 0)}, mode);
}

template <class F> Result sqrt(uint64_t a, unsigned mode) noexcept {
  if (is_nan<F>(a)) return nan<F>(invalid_if_signalling<F>(a));
  if (is_zero<F>(a)) return {a, 0};
  if (is_negative<F>(a)) return nan<F>(kNv);
  if (is_infinite<F>(a)) return {a, 0};
  Number x = normalized(unpacked<F>(a));
  if ((x.exponent & 1) != 0) {
    x.significand >>= 1;  // exact: the low bits are zero
    x.exponent += 1;
  }
  const u128 root = integer_sqrt(x.significand);  // 63 bits
  return rounded<F>({false, x.exponent / 2, root | (root * root != x.significand)}, mode);
}

template <class To, class From> Result convert(uint64_t a, unsigned mode) noexcept {
  if (is_nan<From>(a)) return nan<To>(invalid_if_signalling<From>(a));
  if (is_infinite<From>(a)) return infinity<To>(is_negative<From>(a));
  if (is_zero<From>(a)) return zero<To>(is_negative<From>(a));
  return rounded<To>(unpacked<From>(a), mode);
}

template <class T, class F> Result to_int(uint64_t a, unsigned mode) noexcept {
  using Limits = std::numeric_limits<T>;
  const auto result = [](T v, unsigned flags) {
    return Result{
        static_cast<uint64_t>(static_cast<int64_t>(static_cast<std::make_signed_t<T>>(v))), flags};
  };
  if (is_nan<F>(a)) return result(Limits::max(), kNv);
  if (is_zero<F>(a)) return result(0, 0);
  const bool negative = is_negative<F>(a);
  const Result out_of_range = result(negative ? Limits::min() : Limits::max(), kNv);
  if (is_infinite<F>(a)) return out_of_range;
  const Number n = unpacked<F>(a);
  if (n.exponent > 64) return out_of_range;
  bool inexact;
  const u128 r = round_shifted(n.significand, -n.exponent, negative, mode, inexact);
  const u128 most = negative ? -static_cast<u128>(Limits::min()) : static_cast<u128>(Limits::max());
  if (r > most) return out_of_range;
  const auto bits = static_cast<uint64_t>(r);
  return result(static_cast<T>(negative ? -bits : bits), inexact ? kNx : 0);
}

template <class F, class T> Result from_int(uint64_t v, unsigned mode) noexcept {
  const T n = static_cast<T>(v);
  if (n == 0) return {0, 0};
  const bool negative = std::is_signed_v<T> && static_cast<int64_t>(n) < 0;
  const auto wide = static_cast<uint64_t>(n);
  return rounded<F>({negative, 0, negative ? -wide : wide}, mode);
}

template <class F, bool Exact> Result round_to_integral(uint64_t a, unsigned mode) noexcept {
  if (is_nan<F>(a)) return nan<F>(invalid_if_signalling<F>(a));
  if (is_infinite<F>(a) || is_zero<F>(a)) return {a, 0};
  const Number n = unpacked<F>(a);
  if (n.exponent >= 0) return {a, 0};
  bool inexact;
  const u128 r = round_shifted(n.significand, -n.exponent, n.negative, mode, inexact);
  const unsigned flags = Exact && inexact ? kNx : 0;
  if (r == 0) return {zero<F>(n.negative).bits, flags};
  return {rounded<F>({n.negative, 0, r}, mode).bits, flags};  // exact: r has no more bits than F
}

#define RVX_INTEGERS(F, T)                                   \
  template Result to_int<T, F>(uint64_t, unsigned) noexcept; \
  template Result from_int<F, T>(uint64_t, unsigned) noexcept;
#define RVX_FORMAT(F)                                                         \
  template Result add<F>(uint64_t, uint64_t, unsigned) noexcept;              \
  template Result sub<F>(uint64_t, uint64_t, unsigned) noexcept;              \
  template Result mul<F>(uint64_t, uint64_t, unsigned) noexcept;              \
  template Result div<F>(uint64_t, uint64_t, unsigned) noexcept;              \
  template Result sqrt<F>(uint64_t, unsigned) noexcept;                       \
  template Result fmadd<F>(uint64_t, uint64_t, uint64_t, unsigned) noexcept;  \
  template Result fmsub<F>(uint64_t, uint64_t, uint64_t, unsigned) noexcept;  \
  template Result fnmsub<F>(uint64_t, uint64_t, uint64_t, unsigned) noexcept; \
  template Result fnmadd<F>(uint64_t, uint64_t, uint64_t, unsigned) noexcept; \
  template Result convert<F16, F>(uint64_t, unsigned) noexcept;               \
  template Result convert<F32, F>(uint64_t, unsigned) noexcept;               \
  template Result convert<F64, F>(uint64_t, unsigned) noexcept;               \
  template Result round_to_integral<F, false>(uint64_t, unsigned) noexcept;   \
  template Result round_to_integral<F, true>(uint64_t, unsigned) noexcept;    \
  RVX_INTEGERS(F, int32_t)                                                    \
  RVX_INTEGERS(F, uint32_t) RVX_INTEGERS(F, int64_t) RVX_INTEGERS(F, uint64_t)

RVX_FORMAT(F16)
RVX_FORMAT(F32)
RVX_FORMAT(F64)
#undef RVX_FORMAT
#undef RVX_INTEGERS

}  // namespace rvx::isa::fp::soft
