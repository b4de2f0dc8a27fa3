// Floating-point formats, NaN boxing, and the operations that only look at or copy bits.
#pragma once

#include <array>
#include <cstdint>

namespace rvx::isa::fp {

// Rounding modes as rm and frm encode them ("Floating-Point Control and Status Register").
inline constexpr unsigned kRne = 0;      // to nearest, ties to even
inline constexpr unsigned kRtz = 1;      // towards zero
inline constexpr unsigned kRdn = 2;      // down
inline constexpr unsigned kRup = 3;      // up
inline constexpr unsigned kRmm = 4;      // to nearest, ties to max magnitude: no x86 mode does this
inline constexpr unsigned kDynamic = 7;  // rm only: what frm says

// Accrued exceptions as fflags holds them.
inline constexpr unsigned kNx = 1;   // inexact
inline constexpr unsigned kUf = 2;   // underflow
inline constexpr unsigned kOf = 4;   // overflow
inline constexpr unsigned kDz = 8;   // divide by zero
inline constexpr unsigned kNv = 16;  // invalid operation

// A value of a format is its bit pattern in a uint64_t whose upper bits are zero.
template <unsigned Bits, unsigned FractionBits> struct BinaryFormat {
  static constexpr unsigned kBits = Bits;
  static constexpr unsigned kFractionBits = FractionBits;
  static constexpr unsigned kExponentBits = Bits - 1 - FractionBits;
  static constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
  static constexpr uint64_t kMask = ~uint64_t{0} >> (64 - Bits);
  static constexpr uint64_t kSign = uint64_t{1} << (Bits - 1);
  static constexpr uint64_t kMinNormal = uint64_t{1} << FractionBits;
  static constexpr uint64_t kFraction = kMinNormal - 1;
  static constexpr uint64_t kInfinity = kSign - kMinNormal;
  static constexpr uint64_t kMaxFinite = kInfinity - 1;
  static constexpr uint64_t kQuiet = kMinNormal >> 1;
  static constexpr uint64_t kCanonicalNan = kInfinity | kQuiet;
  static constexpr uint64_t power_of_two(int exponent) {  // within the normal range
    return static_cast<uint64_t>(kBias + exponent) << FractionBits;
  }
};
struct F16 : BinaryFormat<16, 10> {};
struct F32 : BinaryFormat<32, 23> {};
struct F64 : BinaryFormat<64, 52> {};

// "NaN Boxing of Narrower Values": the value that an instruction of format F sees in a 64-bit
// register, and how it writes one. box() does not mind what stands above the format's bits.
template <class F> constexpr uint64_t unbox(uint64_t raw) {
  if constexpr (F::kBits == 64)
    return raw;
  else
    return raw >= ~F::kMask ? raw & F::kMask : F::kCanonicalNan;
}
template <class F> constexpr uint64_t box(uint64_t v) { return v | ~F::kMask; }

template <class F> constexpr uint64_t magnitude(uint64_t v) { return v & (F::kSign - 1); }
template <class F> constexpr bool is_negative(uint64_t v) { return (v & F::kSign) != 0; }
template <class F> constexpr bool is_nan(uint64_t v) { return magnitude<F>(v) > F::kInfinity; }
template <class F> constexpr bool is_signalling(uint64_t v) {
  return is_nan<F>(v) && (v & F::kQuiet) == 0;
}
template <class F> constexpr bool is_infinite(uint64_t v) {
  return magnitude<F>(v) == F::kInfinity;
}
template <class F> constexpr bool is_zero(uint64_t v) { return magnitude<F>(v) == 0; }

// Sign injection neither canonicalises nor signals.
template <class F> constexpr uint64_t sgnj(uint64_t a, uint64_t b) {
  return magnitude<F>(a) | (b & F::kSign);
}
template <class F> constexpr uint64_t sgnjn(uint64_t a, uint64_t b) {
  return magnitude<F>(a) | (~b & F::kSign);
}
template <class F> constexpr uint64_t sgnjx(uint64_t a, uint64_t b) { return a ^ (b & F::kSign); }
template <class F> constexpr uint64_t negated(uint64_t a) { return a ^ F::kSign; }

// The 10-bit mask of "Single-Precision Floating-Point Classify Instruction".
template <class F> constexpr uint64_t classify(uint64_t v) {
  const uint64_t m = magnitude<F>(v);
  if (m > F::kInfinity) return m & F::kQuiet ? 1 << 9 : 1 << 8;
  // From zero outwards: zero, subnormal, normal, infinite; positive counts up from bit 4, negative
  // down from bit 3.
  const unsigned size = (m != 0) + (m >= F::kMinNormal) + (m == F::kInfinity);
  return uint64_t{1} << (is_negative<F>(v) ? 3 - size : 4 + size);
}

namespace detail {
// "Load-Immediate Instructions", entries 2 to 29: power of two, and quarters on top of it.
struct LoadImmediate {
  int8_t exponent;
  uint8_t quarters;
};
inline constexpr std::array<LoadImmediate, 28> kLoadImmediates = {{
    {-16, 0}, {-15, 0}, {-8, 0}, {-7, 0}, {-4, 0}, {-3, 0}, {-2, 0}, {-2, 1}, {-2, 2}, {-2, 3},
    {-1, 0},  {-1, 1},  {-1, 2}, {-1, 3}, {0, 0},  {0, 1},  {0, 2},  {0, 3},  {1, 0},  {1, 1},
    {1, 2},   {2, 0},   {3, 0},  {4, 0},  {7, 0},  {8, 0},  {15, 0}, {16, 0},
}};
}  // namespace detail

// The constant that fli loads for `index` (the rs1 field, 0..31).
template <class F> constexpr uint64_t load_immediate(unsigned index) {
  if (index == 0) return F::kSign | F::power_of_two(0);
  if (index == 1) return F::kMinNormal;
  if (index == 30) return F::kInfinity;
  if (index == 31) return F::kCanonicalNan;
  const auto [exponent, quarters] = detail::kLoadImmediates[index - 2];
  if (exponent > F::kBias) return F::kInfinity;                                  // 2^16 as F16
  if (exponent <= -F::kBias) return F::kMinNormal >> (1 - F::kBias - exponent);  // subnormal as F16
  return F::power_of_two(exponent) | static_cast<uint64_t>(quarters) << (F::kFractionBits - 2);
}

}  // namespace rvx::isa::fp
