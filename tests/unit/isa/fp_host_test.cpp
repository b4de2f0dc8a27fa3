// The host's floating point under each rounding mode agrees with the exact one, results and flags.
#include "cpu/isa/fp.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include "cpu/isa/fp_soft.hpp"
#include "cli/fuzz/fp_values.hpp"

namespace rvx::isa::fp {
namespace {

using fuzz::RandomValues;

struct Outcome {
  uint64_t bits;
  unsigned flags;
  bool operator==(const Outcome&) const = default;
};

std::string to_string(const Outcome& o) {
  char text[64];
  std::snprintf(text, sizeof text, "%#llx flags %#x", static_cast<unsigned long long>(o.bits),
                o.flags);
  return text;
}

template <class Operation>
Outcome on_host(unsigned mode, Operation operation) {
  const uint32_t host = enter_guest_fp(mode, 0);
  const uint64_t bits = operation();
  return {bits, leave_guest_fp(host)};
}

// One failure each line, no more than a few: EXPECT_EQ on every vector would be most of the run
// time.
template <class... Operands>
void expect_equal(const char* what, unsigned mode, const Outcome& want, const Outcome& got,
                  Operands... operands) {
  if (want == got || ::testing::Test::HasFailure()) return;
  std::string text;
  char one[32];
  ((std::snprintf(one, sizeof one, " %#llx", static_cast<unsigned long long>(operands)),
    text += one),
   ...);
  ADD_FAILURE() << what << " mode " << mode << text << ": " << to_string(got) << ", expected "
                << to_string(want);
}

template <auto Host, auto Soft, class... Operands>
void compare(const char* what, Operands... operands) {
  for (unsigned mode = kRne; mode < kRmm; ++mode) {
    const soft::Result want = Soft(operands..., mode);
    expect_equal(what, mode, {want.bits, want.flags},
                 on_host(mode, [&] { return Host(operands...); }), operands...);
  }
}

template <class F>
struct FpHost : ::testing::Test {
  static constexpr int kRandom = 10000;

  template <class Check>
  void for_pairs(Check check) {
    for (const uint64_t a : fuzz::edges<F>()) {
      for (const uint64_t b : fuzz::edges<F>()) check(a, b);
    }
    RandomValues<F> values(1);
    for (int k = 0; k < kRandom; ++k) check(values.next(), values.next());
  }
  template <class Check>
  void for_each(Check check) {
    for (const uint64_t a : fuzz::edges<F>()) check(a);
    if (F::kBits == 16) {
      for (uint64_t a = 0; a <= F::kMask; ++a) check(a);
    }
    RandomValues<F> values(2);
    for (int k = 0; k < kRandom; ++k) check(values.next());
  }
  template <auto Host, auto Soft>
  void compare_pairs(const char* what) {
    for_pairs([&](uint64_t a, uint64_t b) { compare<Host, Soft>(what, a, b); });
  }
  template <auto Host, auto Soft>
  void compare_fused(const char* what) {
    const std::vector<uint64_t> few = fuzz::main_edges<F>();
    for (const uint64_t a : few) {
      for (const uint64_t b : few) {
        for (const uint64_t c : few) compare<Host, Soft>(what, a, b, c);
      }
    }
    RandomValues<F> values(3);
    for (int k = 0; k < kRandom; ++k) {
      const uint64_t a = values.next(), b = values.next();
      compare<Host, Soft>(what, a, b, values.next());
      compare<Host, Soft>(what, a, b, values.near_opposite(soft::mul<F>(a, b, kRne).bits));
    }
  }
  template <auto Host, auto Soft>
  void compare_one(const char* what) {
    for_each([&](uint64_t a) { compare<Host, Soft>(what, a); });
  }
  template <class T>
  void compare_integers(const char* what) {
    compare_one<to_int<T, F>, soft::to_int<T, F>>(what);
    for_each([&](uint64_t a) {
      const soft::Result want = soft::to_int<T, F>(a, kRtz);
      for (const unsigned mode : {kRne, kRup}) {
        expect_equal(what, mode, {want.bits, want.flags},
                     on_host(mode, [&] { return to_int_truncated<T, F>(a); }), a);
      }
    });
    for (const uint64_t v : fuzz::integer_edges()) {
      compare<from_int<F, T>, soft::from_int<F, T>>(what, v);
    }
    RandomValues<F> values(4);
    for (int k = 0; k < kRandom; ++k) {
      compare<from_int<F, T>, soft::from_int<F, T>>(what, values.integer());
    }
  }
};

using Formats = ::testing::Types<F16, F32, F64>;
TYPED_TEST_SUITE(FpHost, Formats);

TYPED_TEST(FpHost, AddAndSubtractRoundOnce) {
  using F = TypeParam;
  this->template compare_pairs<add<F>, soft::add<F>>("add");
  this->template compare_pairs<sub<F>, soft::sub<F>>("sub");
}
TYPED_TEST(FpHost, MultiplyAndDivideRoundOnce) {
  using F = TypeParam;
  this->template compare_pairs<mul<F>, soft::mul<F>>("mul");
  this->template compare_pairs<div<F>, soft::div<F>>("div");
}
TYPED_TEST(FpHost, SquareRootRoundsOnce) {
  using F = TypeParam;
  this->template compare_one<fp::sqrt<F>, soft::sqrt<F>>("sqrt");
}
TYPED_TEST(FpHost, FusedMultiplyAddRoundsOnce) {
  using F = TypeParam;
  this->template compare_fused<fmadd<F>, soft::fmadd<F>>("fmadd");
  this->template compare_fused<fmsub<F>, soft::fmsub<F>>("fmsub");
  this->template compare_fused<fnmsub<F>, soft::fnmsub<F>>("fnmsub");
  this->template compare_fused<fnmadd<F>, soft::fnmadd<F>>("fnmadd");
}
TYPED_TEST(FpHost, ConversionsBetweenFormatsRoundOnce) {
  using F = TypeParam;
  const auto to = [this]<class To>(To) {
    if constexpr (!std::is_same_v<To, F>) {
      this->template compare_one<convert<To, F>, soft::convert<To, F>>("convert");
    }
  };
  to(F16{});
  to(F32{});
  to(F64{});
}
TYPED_TEST(FpHost, ConversionsOfIntegersSaturateAndRaiseNvWithoutNx) {
  this->template compare_integers<int32_t>("int32_t");
  this->template compare_integers<uint32_t>("uint32_t");
  this->template compare_integers<int64_t>("int64_t");
  this->template compare_integers<uint64_t>("uint64_t");
}

template <class F, bool Exact>
void check_static_rounding(uint64_t a) {
  for (unsigned mode = kRne; mode <= kRmm; ++mode) {
    const soft::Result want = soft::round_to_integral<F, Exact>(a, mode);
    expect_equal("static fround", mode, {want.bits, want.flags},
                 on_host(kRup, [&] { return round_to_integral_by<F, Exact>(a, mode); }), a);
  }
}
TYPED_TEST(FpHost, RoundingToIntegralRaisesNxOnlyIfAsked) {
  using F = TypeParam;
  this->template compare_one<fround<F>, soft::round_to_integral<F, false>>("fround");
  this->template compare_one<froundnx<F>, soft::round_to_integral<F, true>>("froundnx");
  this->for_each([](uint64_t a) {
    check_static_rounding<F, false>(a);
    check_static_rounding<F, true>(a);
  });
}

// Exact, so that ordinary C++ on doubles is a reference.
template <class F>
double value_of(uint64_t a) {
  if (is_nan<F>(a)) return std::nan("");
  const uint64_t field = magnitude<F>(a) >> F::kFractionBits;
  double m;
  if (is_infinite<F>(a))
    m = HUGE_VAL;
  else if (field == 0)
    m = std::ldexp(a & F::kFraction, 1 - F::kBias - int{F::kFractionBits});
  else
    m = std::ldexp((a & F::kFraction) | F::kMinNormal,
                   int(field) - F::kBias - int{F::kFractionBits});
  return is_negative<F>(a) ? -m : m;
}

template <auto Operation>
void expect_in_all_modes(const char* what, uint64_t a, uint64_t b, Outcome want) {
  for (const unsigned mode : {kRne, kRdn}) {
    expect_equal(what, mode, want, on_host(mode, [&] { return Operation(a, b); }), a, b);
  }
}

// "Single-Precision Floating-Point Compare Instructions", and Zfa's "Comparison Instructions"
TYPED_TEST(FpHost, ComparisonsSignalForTheirKindsOfNan) {
  using F = TypeParam;
  this->for_pairs([](uint64_t a, uint64_t b) {
    const double x = value_of<F>(a), y = value_of<F>(b);
    const unsigned quiet = is_signalling<F>(a) || is_signalling<F>(b) ? kNv : 0;
    const unsigned signalling = is_nan<F>(a) || is_nan<F>(b) ? kNv : 0;
    expect_in_all_modes<eq<F>>("feq", a, b, {x == y, quiet});
    expect_in_all_modes<lt<F>>("flt", a, b, {x < y, signalling});
    expect_in_all_modes<le<F>>("fle", a, b, {x <= y, signalling});
    expect_in_all_modes<ltq<F>>("fltq", a, b, {x < y, quiet});
    expect_in_all_modes<leq<F>>("fleq", a, b, {x <= y, quiet});
  });
}

// "Single-Precision Floating-Point Computational Instructions", "Minimum and Maximum Instructions"
TYPED_TEST(FpHost, MinimumAndMaximumOrderZerosAndTreatNansAsTheirExtensionSays) {
  using F = TypeParam;
  this->for_pairs([](uint64_t a, uint64_t b) {
    const double x = value_of<F>(a), y = value_of<F>(b);
    const bool any_nan = is_nan<F>(a) || is_nan<F>(b);
    const unsigned flags = is_signalling<F>(a) || is_signalling<F>(b) ? kNv : 0;
    uint64_t smaller = x < y || (x == y && is_negative<F>(a)) ? a : b;
    uint64_t larger = smaller == a ? b : a;
    const uint64_t nan = F::kCanonicalNan;
    expect_in_all_modes<minm<F>>("fminm", a, b, {any_nan ? nan : smaller, flags});
    expect_in_all_modes<maxm<F>>("fmaxm", a, b, {any_nan ? nan : larger, flags});
    if (any_nan) smaller = larger = !is_nan<F>(a) ? a : !is_nan<F>(b) ? b : nan;
    expect_in_all_modes<min<F>>("fmin", a, b, {smaller, flags});
    expect_in_all_modes<max<F>>("fmax", a, b, {larger, flags});
  });
}

// "Modular Convert-to-Integer Instruction"
TEST(FpHostModular, TakesTheLow32BitsWithTheFlagsOfFcvtW) {
  const auto check = [](uint64_t a) {
    const double x = std::trunc(value_of<F64>(a));
    uint64_t bits = 0;
    if (std::isfinite(x)) {
      const auto low = static_cast<int64_t>(std::fmod(x, 4294967296.0));
      bits = static_cast<uint64_t>(int64_t{static_cast<int32_t>(low)});
    }
    const unsigned flags = soft::to_int<int32_t, F64>(a, kRtz).flags;
    for (const unsigned mode : {kRne, kRup}) {
      expect_equal("fcvtmod", mode, {bits, flags}, on_host(mode, [&] { return fcvtmod(a); }), a);
    }
  };
  for (const uint64_t a : fuzz::edges<F64>()) check(a);
  RandomValues<F64> values(5);
  for (int k = 0; k < 20000; ++k) check(values.next());
  for (int e = 0; e < 100; ++e) {
    for (int k = 0; k < 20; ++k) {
      check((values.next() & (F64::kSign | F64::kFraction)) | F64::power_of_two(e));
    }
  }
}

// The cases that an implementation on the host's instructions gets wrong first.
TEST(FpHostTraps, InfinityTimesZeroIsInvalidEvenIfTheAddendIsAQuietNan) {
  for (unsigned mode = kRne; mode < kRmm; ++mode) {
    const Outcome invalid{F64::kCanonicalNan, kNv};
    EXPECT_EQ(on_host(mode, [] { return fmadd<F64>(F64::kInfinity, 0, F64::kCanonicalNan); }),
              invalid);
    EXPECT_EQ(on_host(mode, [] { return fnmadd<F64>(0, F64::kInfinity, F64::kCanonicalNan); }),
              invalid);
  }
}
TEST(FpHostTraps, InfinityMinusInfinityGivesTheCanonicalNan) {
  const Outcome got = on_host(kRne, [] { return sub<F64>(F64::kInfinity, F64::kInfinity); });
  EXPECT_EQ(got, (Outcome{0x7ff8000000000000, kNv}));
}
TEST(FpHostTraps, OutOfRangeFractionRaisesNvAloneInUnsigned32) {
  const uint64_t five_billion_and_a_half = std::bit_cast<uint64_t>(5e9 + 0.5);
  const Outcome got = on_host(kRne, [&] { return to_int<uint32_t, F64>(five_billion_and_a_half); });
  EXPECT_EQ(got, (Outcome{~uint64_t{0}, kNv}));
}
TEST(FpHostTraps, Unsigned32ResultsAreSignExtended) {
  const Outcome got =
      on_host(kRne, [] { return to_int<uint32_t, F64>(std::bit_cast<uint64_t>(3e9)); });
  EXPECT_EQ(got, (Outcome{0xffffffffb2d05e00, 0}));
}
TEST(FpHostTraps, HalfPrecisionFusedIsNotAFloatFusedRoundedTwice) {
  // 2^-11 (1 + 2^-10)(1 - 2^-10) + 1 + 2^-10 lies 2^-31 below a tie, onto which float would round
  // it.
  EXPECT_EQ(on_host(kRne, [] { return fmadd<F16>(0x2801, 0x23fe, 0x3c01); }),
            (Outcome{0x3c01, kNx}));
}

TEST(FpEnvironment, EnteringAndLeavingKeepsTheHostsMxcsr) {
  const uint32_t before = read_mxcsr();
  const uint32_t host = enter_guest_fp(kRup, kOf | kNx);
  EXPECT_EQ(read_mxcsr() & 0xffc0u, 0x1f80u | 2u << 13);
  EXPECT_EQ(leave_guest_fp(host), kOf | kNx);
  EXPECT_EQ(read_mxcsr(), before);
}
TEST(FpEnvironment, FlagsAndModesTranslateBothWays) {
  for (unsigned flags = 0; flags < 32; ++flags) {
    EXPECT_EQ(fflags_from_mxcsr(mxcsr_bits_from_fflags(flags)), flags);
    EXPECT_EQ(fflags_from_mxcsr(mxcsr_for(kRdn, flags) | 2), flags) << "DE is no flag of the guest";
  }
  for (unsigned mode = kRne; mode < kRmm; ++mode) EXPECT_EQ(mode_from_mxcsr(mxcsr_for(mode)), mode);
  EXPECT_EQ(mode_from_mxcsr(mxcsr_for(kRmm)), kRne);
  EXPECT_EQ(mxcsr_for(kRtz) >> 13 & 3, 3u);
  EXPECT_EQ(mxcsr_for(kRdn) >> 13 & 3, 1u);
}
TEST(FpEnvironment, ScopedRoundingKeepsWhatAccruesInside) {
  const uint32_t host = enter_guest_fp(kRdn, kDz);
  uint64_t rounded_up;
  {
    const ScopedRounding scope(kRup);
    rounded_up = add<F64>(F64::power_of_two(0), 1);
  }
  EXPECT_EQ(mode_from_mxcsr(read_mxcsr()), kRdn);
  EXPECT_EQ(leave_guest_fp(host), kDz | kNx);
  EXPECT_EQ(rounded_up, F64::power_of_two(0) + 1);
}

}  // namespace
}  // namespace rvx::isa::fp
