// Single-precision results fill the upper half with ones; an operand without them counts as the default NaN; FMV, FSW and FSGNJ follow the same.
#include "lib/test.h"

int main() {
  CSR_SET(mstatus, kFS);
  constexpr uint64_t kOne = 0x3f800000, kNan = 0x7fc00000, kBoxed = 0xffffffff00000000;
  uint64_t v;
  uint32_t word = kOne;
  asm volatile(WITH("d", "flw f1, (%1)\nfmv.x.d %0, f1") : "=r"(v) : "r"(&word) : "memory");
  CHECK_EQ(v, kBoxed | kOne);
  asm volatile(WITH("d", "fmv.w.x f1, %1\nfmv.x.d %0, f1") : "=r"(v) : "r"(0x12345678bf800000));
  CHECK_EQ(v, kBoxed | 0xbf800000);
  asm volatile(WITH("d", "fmv.w.x f1, %1\nfadd.s f2, f1, f1\nfmv.x.d %0, f2") : "=r"(v) : "r"(kOne));
  CHECK_EQ(v, kBoxed | 0x40000000);
  for (const uint64_t upper : Values{0, 0xfffffffe00000000, 0x7fffffff00000000}) {
    const uint64_t unboxed = upper | kOne;
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfmv.w.x f2, %2\nfadd.s f3, f1, f2\nfmv.x.d %0, f3") : "=r"(v) : "r"(unboxed), "r"(kOne));
    CHECK_EQ(v, kBoxed | kNan);
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfsgnjn.s f3, f1, f1\nfmv.x.d %0, f3") : "=r"(v) : "r"(unboxed));
    CHECK_EQ(v, kBoxed | 0xffc00000);
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfclass.s %0, f1") : "=r"(v) : "r"(unboxed));
    CHECK_EQ(v, 1 << 9);  // quiet NaN
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfeq.s %0, f1, f1") : "=r"(v) : "r"(unboxed));
    CHECK_EQ(v, 0);
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfcvt.d.s f2, f1\nfmv.x.d %0, f2") : "=r"(v) : "r"(unboxed));
    CHECK_EQ(v, 0x7ff8000000000000);
    // Moves and stores take the lower half as it is.
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfmv.x.w %0, f1") : "=r"(v) : "r"(unboxed));
    CHECK_EQ(v, kOne);
    word = 0;
    asm volatile(WITH("d", "fmv.d.x f1, %0\nfsw f1, (%1)")::"r"(unboxed), "r"(&word) : "memory");
    CHECK_EQ(word, kOne);
  }
  return 0;
}
