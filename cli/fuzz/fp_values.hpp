// Floating-point operands worth trying: the edges of each format, and random values of many kinds.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "cpu/isa/fp_format.hpp"

namespace rvx::fuzz {

using isa::fp::negated;

template <class F>
std::vector<uint64_t> with_both_signs(const std::vector<uint64_t>& magnitudes) {
  std::vector<uint64_t> values;
  for (const uint64_t m : magnitudes) {
    values.push_back(m);
    values.push_back(m | F::kSign);
  }
  return values;
}

// Zeros, subnormals, the ends of the normal range, ones, halves, infinities and all kinds of NaN.
template <class F>
std::vector<uint64_t> main_edges() {
  return with_both_signs<F>({
      0,
      1,
      F::kFraction,
      F::kMinNormal,
      F::kMinNormal + 1,
      F::power_of_two(-1),
      F::power_of_two(0),
      F::power_of_two(0) + 1,
      F::power_of_two(1) - 1,
      F::power_of_two(0) | F::kQuiet,
      F::power_of_two(F::kFractionBits) + 1,
      F::kMaxFinite,
      F::kInfinity,
      F::kCanonicalNan,
      F::kCanonicalNan | 1,
      F::kInfinity | 1,
  });
}

// And what lies around powers of two, so around integer limits, ties and the ranges of narrower
// formats.
template <class F>
std::vector<uint64_t> edges() {
  std::vector<uint64_t> m = {2,
                             F::kQuiet - 1,
                             F::kQuiet,
                             F::kMaxFinite - 1,
                             F::kInfinity | F::kFraction,
                             F::kInfinity | (F::kQuiet - 1)};
  for (const int e : {-149, -127, -126, -25, -24, -15, -14, -2, 2,  8,  10, 11, 15,  16,
                      22,   23,   24,   30,  31,  32,  51,  52, 53, 62, 63, 64, 127, 128}) {
    if (e <= -F::kBias || e > F::kBias) continue;
    const uint64_t power = F::power_of_two(e);
    m.insert(m.end(), {power - 1, power, power + 1, power | F::kQuiet, power | F::kQuiet >> 1});
  }
  // The integers and halves next to the limits of 32-bit integers.
  if (F::kBits == 64) {
    for (const int e : {31, 32}) {
      const uint64_t unit = uint64_t{1} << (F::kFractionBits - e);
      const uint64_t power = F::power_of_two(e);
      m.insert(m.end(), {power - unit, power - unit - 1, power - unit + 1, power - unit * 2,
                         power + unit, power + unit / 2, power + unit / 2 + 1});
    }
  }
  std::vector<uint64_t> values = with_both_signs<F>(m);
  const std::vector<uint64_t> more = main_edges<F>();
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

// Values where a uniform pattern seldom falls, from a seed.
template <class F>
class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : random_(seed), edges_(edges<F>()) {}

  uint64_t next() {
    const uint64_t r = random_();
    const uint64_t sign_and_fraction = r & (F::kSign | F::kFraction);
    const uint64_t short_mask = ~uint64_t{0} << below(F::kFractionBits);
    switch (below(7)) {
      case 0: return edges_[below(edges_.size())];
      case 1:
        return sign_and_fraction & (F::kSign | ((uint64_t{2} << below(F::kFractionBits)) - 1));
      case 2: return sign_and_fraction | F::power_of_two(exponent(F::kBias > 15 ? 70 : 12));
      case 3: return sign_and_fraction | F::power_of_two(exponent(3));
      case 4: return r & F::kMask & (short_mask | ~F::kFraction);   // short significand
      case 5: return (r | (F::kFraction & short_mask)) & F::kMask;  // leading ones
      default: return r & F::kMask;
    }
  }

  // An addend that cancels most of `product`, or lies within a few units of doing so.
  uint64_t near_opposite(uint64_t product) {
    return (negated<F>(product) + below(5) - 2) & F::kMask;
  }

  uint64_t integer() {
    const uint64_t r = random_();
    if (below(3) == 0) return (uint64_t{1} << below(64)) + below(5) - 2;
    const uint64_t narrow = r >> below(64);
    return below(2) != 0 ? narrow : -narrow;
  }

  uint64_t below(uint64_t limit) { return random_() % limit; }

 private:
  int exponent(int range) { return static_cast<int>(below(2 * range + 1)) - range; }

  std::mt19937_64 random_;
  std::vector<uint64_t> edges_;
};

inline std::vector<uint64_t> integer_edges() {
  std::vector<uint64_t> values = {0};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t v : {power - 1, power, power + 1, power + power / 2}) {
      values.push_back(v);
      values.push_back(-v);
    }
  }
  for (const unsigned precision : {11, 24, 53}) {  // ties and their neighbours
    for (unsigned bit = precision; bit < 64; ++bit) {
      const uint64_t tie = (uint64_t{1} << bit) + (uint64_t{1} << (bit - precision));
      for (const uint64_t v : {tie - 1, tie, tie + 1, tie + (uint64_t{2} << (bit - precision))}) {
        values.push_back(v);
        values.push_back(-v);
      }
    }
  }
  return values;
}

}  // namespace rvx::fuzz
