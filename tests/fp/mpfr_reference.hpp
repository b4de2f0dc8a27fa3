// RISC-V floating point computed by GNU MPFR: an exact real number, then one rounding of it.
#pragma once

#include <cstdint>

namespace rvx::isa::fp::test {

// A binary format by its widths, in bits.
struct Shape {
  unsigned bits;
  unsigned fraction_bits;
};
template <class F>
inline constexpr Shape kShape{F::kBits, F::kFractionBits};

struct Reference {
  uint64_t bits;
  unsigned flags;  // fflags
};

enum class Arithmetic { kAdd, kSub, kMul, kDiv, kSqrt, kFmadd, kFmsub, kFnmsub, kFnmadd };

// `mode` is a rounding mode 0..4. Operands that the operation does not have are not looked at.
Reference reference(Arithmetic, Shape, unsigned mode, uint64_t a, uint64_t b = 0, uint64_t c = 0);
Reference reference_convert(Shape to, Shape from, unsigned mode, uint64_t a);
Reference reference_round_to_integral(Shape, unsigned mode, bool raise_inexact, uint64_t a);

// Integers of `width` 32 or 64 bits; results sign-extended to 64.
Reference reference_to_int(Shape, unsigned mode, unsigned width, bool is_signed, uint64_t a);
Reference reference_from_int(Shape, unsigned mode, unsigned width, bool is_signed, uint64_t v);

}  // namespace rvx::isa::fp::test
