// Exact floating point in integer arithmetic, for the rounding mode that the host lacks (RMM).
//
// Nothing here reads or writes MXCSR: exceptions come back as fflags. `mode` is 0..4, dynamic
// already resolved. Arguments and results are values of their format; NaN results are canonical.
#pragma once

#include <cstdint>

#include "cpu/isa/fp_format.hpp"

namespace rvx::isa::fp::soft {

struct Result {
  uint64_t bits;
  unsigned flags;
};

template <class F> [[nodiscard]] Result add(uint64_t a, uint64_t b, unsigned mode) noexcept;
template <class F> [[nodiscard]] Result sub(uint64_t a, uint64_t b, unsigned mode) noexcept;
template <class F> [[nodiscard]] Result mul(uint64_t a, uint64_t b, unsigned mode) noexcept;
template <class F> [[nodiscard]] Result div(uint64_t a, uint64_t b, unsigned mode) noexcept;
template <class F> [[nodiscard]] Result sqrt(uint64_t a, unsigned mode) noexcept;

// a*b + c, a*b - c, -a*b + c, -a*b - c
template <class F>
[[nodiscard]] Result fmadd(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept;
template <class F>
[[nodiscard]] Result fmsub(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept;
template <class F>
[[nodiscard]] Result fnmsub(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept;
template <class F>
[[nodiscard]] Result fnmadd(uint64_t a, uint64_t b, uint64_t c, unsigned mode) noexcept;

template <class To, class From> [[nodiscard]] Result convert(uint64_t a, unsigned mode) noexcept;

// To and from T = int32_t, uint32_t, int64_t, uint64_t, as to_int and from_int of fp.hpp.
template <class T, class F> [[nodiscard]] Result to_int(uint64_t a, unsigned mode) noexcept;
template <class F, class T> [[nodiscard]] Result from_int(uint64_t v, unsigned mode) noexcept;

// fround (Exact: froundnx, which raises NX).
template <class F, bool Exact>
[[nodiscard]] Result round_to_integral(uint64_t a, unsigned mode) noexcept;

}  // namespace rvx::isa::fp::soft
