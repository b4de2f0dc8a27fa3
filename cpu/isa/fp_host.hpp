// The host's floating-point instructions, as functions that compilers neither fold, drop nor move.
//
// Each is a volatile asm statement because it reads MXCSR and sets its sticky bits, of which
// compilers know nothing: for them even intrinsics are ordinary arithmetic. Overloads for double
// and float.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "cpu/isa/fp_format.hpp"

namespace rvx::isa::fp::host {

#define RVX_FP_BINARY(name, insn)                                 \
  inline double name(double a, double b) {                        \
    double r;                                                     \
    asm volatile(insn "d %2, %1, %0" : "=x"(r) : "x"(a), "x"(b)); \
    return r;                                                     \
  }                                                               \
  inline float name(float a, float b) {                           \
    float r;                                                      \
    asm volatile(insn "s %2, %1, %0" : "=x"(r) : "x"(a), "x"(b)); \
    return r;                                                     \
  }
RVX_FP_BINARY(add, "vadds")
RVX_FP_BINARY(sub, "vsubs")
RVX_FP_BINARY(mul, "vmuls")
RVX_FP_BINARY(div, "vdivs")
RVX_FP_BINARY(min, "vmins")
RVX_FP_BINARY(max, "vmaxs")
#undef RVX_FP_BINARY

#define RVX_FP_FUSED(name, insn)                                  \
  inline double name(double a, double b, double c) {              \
    asm volatile(insn "d %2, %1, %0" : "+x"(a) : "x"(b), "x"(c)); \
    return a;                                                     \
  }                                                               \
  inline float name(float a, float b, float c) {                  \
    asm volatile(insn "s %2, %1, %0" : "+x"(a) : "x"(b), "x"(c)); \
    return a;                                                     \
  }
RVX_FP_FUSED(fmadd, "vfmadd213s")    // a*b + c
RVX_FP_FUSED(fmsub, "vfmsub213s")    // a*b - c
RVX_FP_FUSED(fnmsub, "vfnmadd213s")  // -a*b + c: x86 names the sign of c, RISC-V that of the whole
RVX_FP_FUSED(fnmadd, "vfnmsub213s")  // -a*b - c
#undef RVX_FP_FUSED

#define RVX_FP_COMPARE(name, insn, flag)                      \
  inline bool name(double a, double b) {                      \
    bool r;                                                   \
    asm volatile(insn "d %2, %1" : flag(r) : "x"(a), "x"(b)); \
    return r;                                                 \
  }                                                           \
  inline bool name(float a, float b) {                        \
    bool r;                                                   \
    asm volatile(insn "s %2, %1" : flag(r) : "x"(a), "x"(b)); \
    return r;                                                 \
  }
RVX_FP_COMPARE(unordered, "vucomis", "=@ccp")
RVX_FP_COMPARE(greater, "vcomis", "=@cca")
RVX_FP_COMPARE(greater_or_equal, "vcomis", "=@ccae")
RVX_FP_COMPARE(greater_quiet, "vucomis", "=@cca")
RVX_FP_COMPARE(greater_or_equal_quiet, "vucomis", "=@ccae")
#undef RVX_FP_COMPARE

inline bool equal(double a, double b) {
  bool zero, ordered;
  asm volatile("vucomisd %3, %2" : "=@ccz"(zero), "=@ccnp"(ordered) : "x"(a), "x"(b));
  return zero & ordered;
}
inline bool equal(float a, float b) {
  bool zero, ordered;
  asm volatile("vucomiss %3, %2" : "=@ccz"(zero), "=@ccnp"(ordered) : "x"(a), "x"(b));
  return zero & ordered;
}

#define RVX_FP_TO_INT(name, insn, Int)                    \
  inline Int name(double a) {                             \
    Int r;                                                \
    asm volatile(insn "sd2si %1, %0" : "=r"(r) : "x"(a)); \
    return r;                                             \
  }                                                       \
  inline Int name(float a) {                              \
    Int r;                                                \
    asm volatile(insn "ss2si %1, %0" : "=r"(r) : "x"(a)); \
    return r;                                             \
  }
RVX_FP_TO_INT(to_int32, "vcvt", int32_t)
RVX_FP_TO_INT(to_int64, "vcvt", int64_t)
RVX_FP_TO_INT(truncated_to_int32, "vcvtt", int32_t)
RVX_FP_TO_INT(truncated_to_int64, "vcvtt", int64_t)
#undef RVX_FP_TO_INT

inline double sqrt(double a) {
  double r;
  asm volatile("vsqrtsd %1, %1, %0" : "=x"(r) : "x"(a));
  return r;
}
inline float sqrt(float a) {
  float r;
  asm volatile("vsqrtss %1, %1, %0" : "=x"(r) : "x"(a));
  return r;
}
// The xor ends the false dependency on the register's old value.
inline double double_from_int64(int64_t v) {
  double r;
  asm volatile("vxorps %0, %0, %0\n\tvcvtsi2sdq %1, %0, %0" : "=x"(r) : "r"(v));
  return r;
}
inline float float_from_int64(int64_t v) {
  float r;
  asm volatile("vxorps %0, %0, %0\n\tvcvtsi2ssq %1, %0, %0" : "=x"(r) : "r"(v));
  return r;
}
inline double widen(float a) {
  double r;
  asm volatile("vcvtss2sd %1, %1, %0" : "=x"(r) : "x"(a));
  return r;
}
double widen(double) = delete;  // lest the argument be narrowed on the way
inline float narrow(double a) {
  float r;
  asm volatile("vcvtsd2ss %1, %1, %0" : "=x"(r) : "x"(a));
  return r;
}
// F16C converts four lanes at once: the other three must hold nothing that raises a flag.
inline float from_half(uint64_t v) {
  float r;
  asm volatile("vmovd %1, %0\n\tvcvtph2ps %0, %0" : "=x"(r) : "r"(static_cast<uint32_t>(v)));
  return r;
}
inline uint64_t to_half(float a) {
  uint32_t r;
  float lanes;
  asm volatile("vinsertps $14, %2, %2, %1\n\tvcvtps2ph $4, %1, %1\n\tvmovd %1, %0"
               : "=r"(r), "=x"(lanes)
               : "x"(a));
  return r;
}
uint64_t to_half(double) = delete;

// Immediate of vroundsd: 0..3 are MXCSR's rounding codes, 4 means "as MXCSR says", 8 raises no PE.
inline constexpr int kRoundByMxcsr = 4;
inline constexpr int kRoundQuietly = 8;
template <int Imm> inline double round(double a) {
  double r;
  asm volatile("vroundsd %2, %1, %1, %0" : "=x"(r) : "x"(a), "i"(Imm));
  return r;
}
template <int Imm> inline float round(float a) {
  float r;
  asm volatile("vroundss %2, %1, %1, %0" : "=x"(r) : "x"(a), "i"(Imm));
  return r;
}

// A value of F as the host's type that computes for it: F16 computes as float.
template <class F> inline auto load(uint64_t v) {
  if constexpr (std::is_same_v<F, F64>)
    return std::bit_cast<double>(v);
  else if constexpr (std::is_same_v<F, F32>)
    return std::bit_cast<float>(static_cast<uint32_t>(v));
  else
    return from_half(v);
}
// And back: rounds to F16.
template <class F, class T> inline uint64_t store_number(T r) {
  if constexpr (std::is_same_v<F, F64>)
    return std::bit_cast<uint64_t>(r);
  else if constexpr (std::is_same_v<F, F32>)
    return std::bit_cast<uint32_t>(r);
  else
    return to_half(r);
}
// Makes NaNs canonical on the way.
template <class F, class T> inline uint64_t store(T r) {
  if (unordered(r, r)) [[unlikely]]
    return F::kCanonicalNan;
  return store_number<F>(r);
}
}  // namespace rvx::isa::fp::host
