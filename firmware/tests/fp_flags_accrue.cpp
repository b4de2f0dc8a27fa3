// NX, UF, OF, DZ and NV are set by what raises them, stay until cleared, survive traps and other modes, and are those of the guest alone.
#include "lib/test.h"

#define FP(a, b, instruction)                                                                                 \
  ({                                                                                                          \
    uint64_t v_;                                                                                              \
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfmv.d.x f2, %2\n" instruction "\nfmv.x.d %0, f3")                \
                 : "=r"(v_) : "r"((uint64_t)(a)), "r"((uint64_t)(b)));                                        \
    v_;                                                                                                       \
  })

int main() {
  constexpr uint64_t kOne = 0x3ff0000000000000, kThree = 0x4008000000000000, kMax = 0x7fefffffffffffff, kTiny = 1,
                     kInfinity = 0x7ff0000000000000, kNan = 0x7ff8000000000000, kSignalling = 0x7ff0000000000001;
  constexpr uint64_t kNX = 1, kUF = 2, kOF = 4, kDZ = 8, kNV = 16;
  CSR_SET(mstatus, kFS);
  CSR_WRITE(fcsr, 0);
  CHECK_EQ(FP(kOne, kOne, "fadd.d f3, f1, f2"), 0x4000000000000000);
  CHECK_EQ(CSR_READ(fflags), 0);
  CHECK_EQ(FP(kOne, kThree, "fdiv.d f3, f1, f2"), 0x3fd5555555555555);
  CHECK_EQ(CSR_READ(fflags), kNX);
  CHECK_EQ(FP(kOne, 0, "fdiv.d f3, f1, f2"), kInfinity);
  CHECK_EQ(CSR_READ(fflags), kNX | kDZ);
  CHECK_EQ(FP(0, 0, "fdiv.d f3, f1, f2"), kNan);
  CHECK_EQ(CSR_READ(fflags), kNX | kDZ | kNV);
  CSR_WRITE(fflags, 0);
  CHECK_EQ(FP(kMax, kMax, "fadd.d f3, f1, f2"), kInfinity);
  CHECK_EQ(CSR_READ(fflags), kOF | kNX);
  CSR_WRITE(fflags, 0);
  CHECK_EQ(FP(kTiny, kThree, "fdiv.d f3, f1, f2"), 0);
  CHECK_EQ(CSR_READ(fflags), kUF | kNX);
  CSR_WRITE(fflags, 0);
  CHECK_EQ(FP(kNan | 5, kOne, "fadd.d f3, f1, f2"), kNan);  // quiet: no flag, and the payload goes
  CHECK_EQ(CSR_READ(fflags), 0);
  CHECK_EQ(FP(kSignalling, kOne, "fadd.d f3, f1, f2"), kNan);
  CHECK_EQ(CSR_READ(fflags), kNV);
  // Written flags are kept, more are added, a trap and another mode between.
  CSR_WRITE(fflags, kUF);
  CHECK_TRAP(run_in(kUserMode, [] { asm volatile("ecall"); }), kEcallU, 0);
  CHECK_NO_TRAP(run_in(kUserMode, [] { FP(kOne, kThree, "fdiv.d f3, f1, f2"); }));
  CHECK_EQ(CSR_READ(fflags), kUF | kNX);
  CHECK_EQ(CSR_READ(fcsr), kUF | kNX);
  CSR_CLEAR(fflags, kUF);
  CHECK_EQ(CSR_READ(fflags), kNX);
  return 0;
}
