// Host and software floating point agree with GNU MPFR: every operation, format and rounding mode.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <sstream>
#include <type_traits>

#include "cpu/isa/fp.hpp"
#include "cpu/isa/fp_soft.hpp"
#include "tests/fp/mpfr_reference.hpp"
#include "cli/fuzz/fp_values.hpp"

namespace rvx::isa::fp {
namespace {

using test::Arithmetic;
using test::kShape;
using test::Reference;

template <class... Operands>
void expect_equal(const char* who, unsigned mode, const Reference& want, uint64_t bits,
                  unsigned flags, Operands... operands) {
  if (want.bits == bits && want.flags == flags) return;
  if (::testing::Test::HasFailure()) return;  // the first vector says enough
  std::ostringstream text;
  text << std::hex << who << ", mode " << mode << ", operands";
  ((text << ' ' << operands), ...);
  text << ": " << bits << " flags " << flags << ", expected " << want.bits << " flags "
       << want.flags;
  ADD_FAILURE() << text.str();
}

// Compares both implementations with `want` under `mode`; the host has no RMM.
template <auto Host, auto Soft, class... Operands>
void check(unsigned mode, const Reference& want, Operands... operands) {
  const soft::Result exact = Soft(operands..., mode);
  expect_equal("software", mode, want, exact.bits, exact.flags, operands...);
  if (mode == kRmm) return;
  const uint32_t saved = enter_guest_fp(mode, 0);
  const uint64_t bits = Host(operands...);
  const unsigned flags = leave_guest_fp(saved);
  expect_equal("host", mode, want, bits, flags, operands...);
}

template <class F>
struct FpMpfr : ::testing::Test {
  static constexpr int kRandom = 4000;
  static constexpr test::Shape kFormat = kShape<F>;

  fuzz::RandomValues<F> values{7};

  template <class Try>
  void for_each_mode(Try attempt) {
    for (unsigned mode = kRne; mode <= kRmm; ++mode) attempt(mode);
  }

  template <auto Host, auto Soft>
  void check_two(Arithmetic op) {
    const auto attempt = [&](uint64_t a, uint64_t b) {
      for_each_mode([&](unsigned mode) {
        check<Host, Soft>(mode, test::reference(op, kFormat, mode, a, b), a, b);
      });
    };
    for (const uint64_t a : fuzz::main_edges<F>()) {
      for (const uint64_t b : fuzz::main_edges<F>()) attempt(a, b);
    }
    for (int k = 0; k < kRandom; ++k) attempt(values.next(), values.next());
  }

  template <auto Host, auto Soft>
  void check_three(Arithmetic op) {
    const auto attempt = [&](uint64_t a, uint64_t b, uint64_t c) {
      const unsigned mode = static_cast<unsigned>(values.below(5));
      check<Host, Soft>(mode, test::reference(op, kFormat, mode, a, b, c), a, b, c);
    };
    const auto edges = fuzz::main_edges<F>();
    for (int k = 0; k < 3 * kRandom; ++k) {
      const uint64_t a = values.next(), b = values.next();
      attempt(a, b, values.next());
      const auto product = test::reference(Arithmetic::kMul, kFormat, kRne, a, b).bits;
      attempt(a, b, values.near_opposite(product));
      attempt(edges[values.below(edges.size())], edges[values.below(edges.size())],
              edges[values.below(edges.size())]);
    }
  }

  template <class Try>
  void for_each_operand(Try attempt) {
    const auto with_modes = [&](uint64_t a) {
      for_each_mode([&](unsigned mode) { attempt(mode, a); });
    };
    for (const uint64_t a : fuzz::edges<F>()) with_modes(a);
    for (int k = 0; k < kRandom; ++k) with_modes(values.next());
  }

  template <class T>
  void check_integers() {
    constexpr unsigned kWidth = std::numeric_limits<std::make_unsigned_t<T>>::digits;
    constexpr bool kSigned = std::is_signed_v<T>;
    for_each_operand([](unsigned mode, uint64_t a) {
      const Reference want = test::reference_to_int(kFormat, mode, kWidth, kSigned, a);
      check<to_int<T, F>, soft::to_int<T, F>>(mode, want, a);
    });
    const auto from = [&](uint64_t v) {
      for_each_mode([&](unsigned mode) {
        const Reference want = test::reference_from_int(kFormat, mode, kWidth, kSigned, v);
        check<from_int<F, T>, soft::from_int<F, T>>(mode, want, v);
      });
    };
    for (const uint64_t v : fuzz::integer_edges()) from(v);
    for (int k = 0; k < kRandom; ++k) from(values.integer());
  }

  template <class To>
  void check_convert() {
    if constexpr (!std::is_same_v<To, F>) {
      for_each_operand([](unsigned mode, uint64_t a) {
        const Reference want = test::reference_convert(kShape<To>, kFormat, mode, a);
        check<convert<To, F>, soft::convert<To, F>>(mode, want, a);
      });
    }
  }
};

using Formats = ::testing::Types<F16, F32, F64>;
TYPED_TEST_SUITE(FpMpfr, Formats);

TYPED_TEST(FpMpfr, Add) {
  using F = TypeParam;
  this->template check_two<add<F>, soft::add<F>>(Arithmetic::kAdd);
}
TYPED_TEST(FpMpfr, Subtract) {
  using F = TypeParam;
  this->template check_two<sub<F>, soft::sub<F>>(Arithmetic::kSub);
}
TYPED_TEST(FpMpfr, Multiply) {
  using F = TypeParam;
  this->template check_two<mul<F>, soft::mul<F>>(Arithmetic::kMul);
}
TYPED_TEST(FpMpfr, Divide) {
  using F = TypeParam;
  this->template check_two<div<F>, soft::div<F>>(Arithmetic::kDiv);
}
TYPED_TEST(FpMpfr, SquareRoot) {
  using F = TypeParam;
  this->for_each_operand([](unsigned mode, uint64_t a) {
    const Reference want = test::reference(Arithmetic::kSqrt, kShape<F>, mode, a);
    check<fp::sqrt<F>, soft::sqrt<F>>(mode, want, a);
  });
}
TYPED_TEST(FpMpfr, FusedMultiplyAdd) {
  using F = TypeParam;
  this->template check_three<fmadd<F>, soft::fmadd<F>>(Arithmetic::kFmadd);
  this->template check_three<fmsub<F>, soft::fmsub<F>>(Arithmetic::kFmsub);
  this->template check_three<fnmsub<F>, soft::fnmsub<F>>(Arithmetic::kFnmsub);
  this->template check_three<fnmadd<F>, soft::fnmadd<F>>(Arithmetic::kFnmadd);
}
TYPED_TEST(FpMpfr, ConvertBetweenFormats) {
  this->template check_convert<F16>();
  this->template check_convert<F32>();
  this->template check_convert<F64>();
}
TYPED_TEST(FpMpfr, ConvertIntegers) {
  this->template check_integers<int32_t>();
  this->template check_integers<uint32_t>();
  this->template check_integers<int64_t>();
  this->template check_integers<uint64_t>();
}
TYPED_TEST(FpMpfr, RoundToIntegral) {
  using F = TypeParam;
  this->for_each_operand([](unsigned mode, uint64_t a) {
    check<fround<F>, soft::round_to_integral<F, false>>(
        mode, test::reference_round_to_integral(kShape<F>, mode, false, a), a);
    check<froundnx<F>, soft::round_to_integral<F, true>>(
        mode, test::reference_round_to_integral(kShape<F>, mode, true, a), a);
  });
}

}  // namespace
}  // namespace rvx::isa::fp
