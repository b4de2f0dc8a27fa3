// The guest's rounding mode and accrued exceptions, kept in the host's MXCSR while its code runs.
//
// Invariant between enter_guest_fp and leave_guest_fp: MXCSR masks every exception, flushes nothing
// to zero, rounds as frm says (to nearest even when frm is RMM, which x86 lacks) and has as sticky
// bits the guest's fflags. Its denormal-operand bit means nothing to the guest.
#pragma once

#include <cstdint>

#include "cpu/isa/fp_format.hpp"

// Cold paths keep the caller's registers, so that a fast path that calls one spills nothing.
#if defined(__clang__)
#define RVX_FP_COLD [[gnu::cold, gnu::noinline, clang::preserve_most]]
#else
#define RVX_FP_COLD [[gnu::cold, gnu::noinline]]
#endif
// Compilers take asm for longer than it is and would call the fast paths.
#define RVX_FP_INLINE [[gnu::always_inline]] inline

namespace rvx::isa::fp {

inline constexpr uint32_t kMxcsrMasked = 0x1f80;  // no sticky bit, to nearest even
inline constexpr uint32_t kMxcsrRounding = 0x6000;

// MXCSR's rounding bits for a rounding mode 0..4.
constexpr uint32_t mxcsr_rounding(unsigned mode) { return (0x09cu >> (2 * mode) & 3) << 13; }

// The rounding mode 0..3 that a value of MXCSR stands for.
constexpr unsigned mode_from_mxcsr(uint32_t mxcsr) { return 0x78u >> (mxcsr >> 12 & 6) & 3; }

// MXCSR has IE DE ZE OE UE PE from bit 0 up; fflags has NX UF OF DZ NV.
constexpr unsigned fflags_from_mxcsr(uint32_t mxcsr) {
  return (mxcsr >> 5 & kNx) | (mxcsr >> 3 & kUf) | (mxcsr >> 1 & kOf) | (mxcsr << 1 & kDz) |
         (mxcsr << 4 & kNv);
}
constexpr uint32_t mxcsr_bits_from_fflags(unsigned fflags) {
  return (fflags & kNx) << 5 | (fflags & kUf) << 3 | (fflags & kOf) << 1 | (fflags & kDz) >> 1 |
         (fflags & kNv) >> 4;
}
constexpr uint32_t mxcsr_for(unsigned frm, unsigned fflags = 0) {
  return kMxcsrMasked | mxcsr_rounding(frm <= kRmm ? frm : kRne) | mxcsr_bits_from_fflags(fflags);
}

// volatile: neither moves across an arithmetic instruction of fp.hpp.
inline uint32_t read_mxcsr() {
  uint32_t v;
  asm volatile("vstmxcsr %0" : "=m"(v));
  return v;
}
inline void write_mxcsr(uint32_t v) { asm volatile("vldmxcsr %0" : : "m"(v)); }

// Starts guest floating point on this host thread; returns the host's MXCSR for leave_guest_fp.
[[nodiscard]] inline uint32_t enter_guest_fp(unsigned frm, unsigned fflags) {
  const uint32_t host = read_mxcsr();
  write_mxcsr(mxcsr_for(frm, fflags));
  return host;
}
// Ends it; returns the guest's fflags.
[[nodiscard]] inline unsigned leave_guest_fp(uint32_t host) {
  const unsigned fflags = fflags_from_mxcsr(read_mxcsr());
  write_mxcsr(host);
  return fflags;
}

inline void raise_fflags(unsigned fflags) {
  if (fflags != 0) write_mxcsr(read_mxcsr() | mxcsr_bits_from_fflags(fflags));
}

// Rounds by another mode (0..3) for a while; what accrues meanwhile stays.
class ScopedRounding {
 public:
  explicit ScopedRounding(unsigned mode) : before_(read_mxcsr()) {
    write_mxcsr((before_ & ~kMxcsrRounding) | mxcsr_rounding(mode));
  }
  ~ScopedRounding() { write_mxcsr((read_mxcsr() & ~kMxcsrRounding) | (before_ & kMxcsrRounding)); }
  ScopedRounding(const ScopedRounding&) = delete;
  ScopedRounding& operator=(const ScopedRounding&) = delete;

 private:
  uint32_t before_;
};

// Which rm fields the host rounds correctly while frm is in force, as a set indexed by the low five
// bits of Insn::imm: rm, and whatever part of rs3 stands above it, so the test needs no masking.
constexpr uint32_t direct_rounding(unsigned frm) {
  return frm < kRmm ? (1u << kDynamic | 1u << frm) * 0x01010101u : 0;
}

}  // namespace rvx::isa::fp
