// RISC-V floating point computed by GNU MPFR.
#include "tests/fp/mpfr_reference.hpp"

#include <mpfr.h>

#include <cstdlib>

namespace rvx::isa::fp::test {
namespace {

constexpr unsigned kNx = 1, kUf = 2, kOf = 4, kDz = 8, kNv = 16;
constexpr unsigned kRne = 0, kRtz = 1, kRdn = 2, kRup = 3, kRmm = 4;

// Enough for the exact sum of a product of two doubles and a third one: exponents from -2148 to
// 2047.
constexpr mpfr_prec_t kExact = 4400;
// Enough to tell on which side of every double and every midpoint a quotient or root lies.
constexpr mpfr_prec_t kTruncated = 200;

class Real {
 public:
  explicit Real(mpfr_prec_t precision = kExact) { mpfr_init2(v_, precision); }
  ~Real() { mpfr_clear(v_); }
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;
  operator mpfr_ptr() { return v_; }

 private:
  mpfr_t v_;
};

uint64_t sign_bit(Shape s) { return uint64_t{1} << (s.bits - 1); }
uint64_t hidden_bit(Shape s) { return uint64_t{1} << s.fraction_bits; }
uint64_t infinity(Shape s) { return sign_bit(s) - hidden_bit(s); }
uint64_t canonical_nan(Shape s) { return infinity(s) | hidden_bit(s) >> 1; }
int bias(Shape s) { return (1 << (s.bits - s.fraction_bits - 2)) - 1; }
int min_exponent(Shape s) { return 1 - bias(s); }
int precision(Shape s) { return static_cast<int>(s.fraction_bits) + 1; }

bool is_nan(Shape s, uint64_t v) { return (v & (sign_bit(s) - 1)) > infinity(s); }
bool is_signalling(Shape s, uint64_t v) { return is_nan(s, v) && (v & hidden_bit(s) >> 1) == 0; }

void decode(mpfr_ptr out, Shape s, uint64_t v) {
  const uint64_t magnitude = v & (sign_bit(s) - 1);
  const int field = static_cast<int>(magnitude >> s.fraction_bits);
  const uint64_t fraction = magnitude & (hidden_bit(s) - 1);
  if (magnitude > infinity(s)) {
    mpfr_set_nan(out);
  } else if (magnitude == infinity(s)) {
    mpfr_set_inf(out, 1);
  } else {
    const int exponent = (field == 0 ? 1 : field) - bias(s) - static_cast<int>(s.fraction_bits);
    mpfr_set_ui_2exp(out, field == 0 ? fraction : fraction | hidden_bit(s), exponent, MPFR_RNDN);
  }
  if ((v & sign_bit(s)) != 0) mpfr_neg(out, out, MPFR_RNDN);
}

// x rounded to an integer; true if that changed it.
bool to_integer(mpfr_ptr out, mpfr_ptr x, unsigned mode) {
  switch (mode) {
    case kRne: mpfr_rint(out, x, MPFR_RNDN); break;
    case kRtz: mpfr_trunc(out, x); break;
    case kRdn: mpfr_floor(out, x); break;
    case kRup: mpfr_ceil(out, x); break;
    case kRmm: mpfr_round(out, x); break;  // ties away from zero
    default: std::abort();
  }
  return mpfr_cmp(out, x) != 0;
}

// x rounded to a multiple of 2^quantum; true if that changed it.
bool to_multiple(mpfr_ptr out, mpfr_ptr x, int quantum, unsigned mode) {
  mpfr_mul_2si(x, x, -quantum, MPFR_RNDN);
  const bool inexact = to_integer(out, x, mode);
  mpfr_mul_2si(x, x, quantum, MPFR_RNDN);
  mpfr_mul_2si(out, out, quantum, MPFR_RNDN);
  return inexact;
}

// The bits of x, which the format represents.
uint64_t encode(Shape s, mpfr_ptr x) {
  const uint64_t sign = mpfr_signbit(x) != 0 ? sign_bit(s) : 0;
  if (mpfr_zero_p(x)) return sign;
  const int exponent = static_cast<int>(mpfr_get_exp(x)) - 1;
  const bool subnormal = exponent < min_exponent(s);
  Real n(kExact);
  mpfr_abs(n, x, MPFR_RNDN);
  mpfr_mul_2si(n, n, static_cast<int>(s.fraction_bits) - (subnormal ? min_exponent(s) : exponent),
               MPFR_RNDN);
  if (mpfr_integer_p(n) == 0) std::abort();
  const uint64_t significand = mpfr_get_ui(n, MPFR_RNDN);
  if (subnormal) return sign | significand;
  return sign | static_cast<uint64_t>(exponent + bias(s)) << s.fraction_bits |
         (significand - hidden_bit(s));
}

Reference rounded(Shape s, mpfr_ptr x, unsigned mode) {
  if (mpfr_nan_p(x)) return {canonical_nan(s), 0};
  const bool negative = mpfr_signbit(x) != 0;
  const uint64_t sign = negative ? sign_bit(s) : 0;
  if (mpfr_inf_p(x)) return {sign | infinity(s), 0};
  if (mpfr_zero_p(x)) return {sign, 0};

  const int exponent = static_cast<int>(mpfr_get_exp(x)) - 1;
  const int free_quantum = exponent - (precision(s) - 1);
  const int least_quantum = min_exponent(s) - (precision(s) - 1);
  Real r;
  // "Subnormal Arithmetic": tiny if so after rounding as if the exponent had no bounds.
  to_multiple(r, x, free_quantum, mode);
  const bool tiny = mpfr_zero_p(r) == 0 && mpfr_get_exp(r) - 1 < min_exponent(s);
  const bool inexact =
      to_multiple(r, x, free_quantum < least_quantum ? least_quantum : free_quantum, mode);
  mpfr_setsign(r, r, negative, MPFR_RNDN);  // of a zero
  if (mpfr_zero_p(r) == 0 && mpfr_get_exp(r) - 1 > bias(s)) {
    const bool away = mode == kRne || mode == kRmm || mode == (negative ? kRdn : kRup);
    return {sign | (away ? infinity(s) : infinity(s) - 1), kOf | kNx};
  }
  return {encode(s, r), inexact ? (tiny ? kNx | kUf : kNx) : 0};
}

// Makes an exact number of a truncated one that the true value exceeds in magnitude: any other
// number in that gap rounds alike.
void stand_in(mpfr_ptr exact, mpfr_ptr truncated, int ternary) {
  mpfr_set_prec(exact, kTruncated + 2);
  mpfr_set(exact, truncated, MPFR_RNDN);
  if (ternary == 0) return;
  if (mpfr_signbit(truncated) != 0)
    mpfr_nextbelow(exact);
  else
    mpfr_nextabove(exact);
}

// Computes into `out` with MPFR, exact or a stand-in for the exact value.
void compute(Arithmetic op, mpfr_ptr out, mpfr_ptr a, mpfr_ptr b, mpfr_ptr c, unsigned mode) {
  // Only an exact zero sum depends on the direction: -0 when rounding down.
  const mpfr_rnd_t direction = mode == kRdn ? MPFR_RNDD : MPFR_RNDZ;
  Real truncated(kTruncated);
  int ternary = 0;
  switch (op) {
    case Arithmetic::kAdd: ternary = mpfr_add(out, a, b, direction); break;
    case Arithmetic::kSub: ternary = mpfr_sub(out, a, b, direction); break;
    case Arithmetic::kMul: ternary = mpfr_mul(out, a, b, direction); break;
    case Arithmetic::kDiv: stand_in(out, truncated, mpfr_div(truncated, a, b, MPFR_RNDZ)); break;
    case Arithmetic::kSqrt: stand_in(out, truncated, mpfr_sqrt(truncated, a, MPFR_RNDZ)); break;
    case Arithmetic::kFnmsub: mpfr_neg(a, a, MPFR_RNDN); [[fallthrough]];
    case Arithmetic::kFmadd: ternary = mpfr_fma(out, a, b, c, direction); break;
    case Arithmetic::kFnmadd: mpfr_neg(a, a, MPFR_RNDN); [[fallthrough]];
    case Arithmetic::kFmsub: ternary = mpfr_fms(out, a, b, c, direction); break;
  }
  if (ternary != 0) std::abort();  // kExact is too small
}

Reference from_integer_result(uint64_t bits, unsigned width, unsigned flags) {
  if (width == 32) bits = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(bits)));
  return {bits, flags};
}

}  // namespace

Reference reference(Arithmetic op, Shape s, unsigned mode, uint64_t a, uint64_t b, uint64_t c) {
  Real x(64), y(64), z(64), exact;
  decode(x, s, a);
  decode(y, s, b);
  decode(z, s, c);
  const bool two = op != Arithmetic::kSqrt, three = op >= Arithmetic::kFmadd;
  const bool signalling =
      is_signalling(s, a) || (two && is_signalling(s, b)) || (three && is_signalling(s, c));
  const bool nan_operand = is_nan(s, a) || (two && is_nan(s, b)) || (three && is_nan(s, c));
  const bool infinity_times_zero =
      three && ((mpfr_inf_p(x) && mpfr_zero_p(y)) || (mpfr_zero_p(x) && mpfr_inf_p(y)));
  const bool divides_by_zero = op == Arithmetic::kDiv && mpfr_zero_p(y) && mpfr_regular_p(x);

  compute(op, exact, x, y, z, mode);
  Reference result = rounded(s, exact, mode);
  if (signalling || infinity_times_zero || (mpfr_nan_p(exact) && !nan_operand)) result.flags |= kNv;
  if (divides_by_zero) result.flags |= kDz;
  return result;
}

Reference reference_convert(Shape to, Shape from, unsigned mode, uint64_t a) {
  Real x(64);
  decode(x, from, a);
  Reference result = rounded(to, x, mode);
  if (is_signalling(from, a)) result.flags |= kNv;
  return result;
}

Reference reference_round_to_integral(Shape s, unsigned mode, bool raise_inexact, uint64_t a) {
  if (is_nan(s, a)) return {canonical_nan(s), is_signalling(s, a) ? kNv : 0};
  Real x(64), r(64);
  decode(x, s, a);
  if (mpfr_inf_p(x) || mpfr_zero_p(x)) return {a, 0};
  const bool inexact = to_integer(r, x, mode);
  mpfr_setsign(r, r, mpfr_signbit(x), MPFR_RNDN);
  return {encode(s, r), inexact && raise_inexact ? kNx : 0};
}

Reference reference_to_int(Shape s, unsigned mode, unsigned width, bool is_signed, uint64_t a) {
  const uint64_t top = uint64_t{1} << (width - 1);
  const uint64_t max = is_signed ? top - 1 : top | (top - 1);
  const uint64_t min = is_signed ? top : 0;  // as a bit pattern
  if (is_nan(s, a)) return from_integer_result(max, width, kNv);
  Real x(64), r(64), limit(65);
  decode(x, s, a);
  const bool inexact = mpfr_inf_p(x) == 0 && to_integer(r, x, mode);
  if (mpfr_inf_p(x)) mpfr_set(r, x, MPFR_RNDN);
  mpfr_set_ui(limit, max, MPFR_RNDN);
  if (mpfr_cmp(r, limit) > 0) return from_integer_result(max, width, kNv);
  mpfr_set_ui(limit, min, MPFR_RNDN);
  mpfr_neg(limit, limit, MPFR_RNDN);
  if (mpfr_cmp(r, limit) < 0) return from_integer_result(min, width, kNv);
  const uint64_t bits =
      is_signed ? static_cast<uint64_t>(mpfr_get_si(r, MPFR_RNDN)) : mpfr_get_ui(r, MPFR_RNDN);
  return from_integer_result(bits, width, inexact ? kNx : 0);
}

Reference reference_from_int(Shape s, unsigned mode, unsigned width, bool is_signed, uint64_t v) {
  Real x(64);
  if (width == 32)
    v = is_signed ? static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(v)))
                  : v & 0xffffffff;
  if (is_signed)
    mpfr_set_si(x, static_cast<int64_t>(v), MPFR_RNDN);
  else
    mpfr_set_ui(x, v, MPFR_RNDN);
  return rounded(s, x, mode);
}

}  // namespace rvx::isa::fp::test
