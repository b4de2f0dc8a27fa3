// A floating-point instruction whose result goes to x0 raises its flags, and traps while FS is off.
#include "lib/test.h"

int main() {
  for (int round = 0; round < 8; ++round) {
    CSR_SET(mstatus, kFS);
    asm volatile(WITH("d", "fmv.w.x ft0, %0\nfmv.d.x ft1, %1") ::"r"(0x3f000000), "r"(0x7ff8000000000000) : "memory");
    CSR_WRITE(fflags, 0);
    asm volatile(WITH("d", "fcvt.w.s x0, ft0") ::: "memory");
    CHECK_EQ(CSR_READ(fflags), 1);  // inexact
    asm volatile(WITH("d", "flt.d x0, ft1, ft1") ::: "memory");
    CHECK_EQ(CSR_READ(fflags), 17);  // and invalid
  }
  for (const uint64_t fs : Values{kFS, 0}) {
    CSR_CLEAR(mstatus, kFS);
    CSR_SET(mstatus, fs);
    const Trap& trap = run_in(kMachineMode, [] {
      for (int round = 0; round < 8; ++round) asm volatile(WITH("d", "fmv.x.w x0, ft0"));
    });
    CHECK_EQ(trap.taken != 0, fs == 0);
    if (fs == 0) CHECK_EQ(trap.cause, kIllegalInstruction);
  }
  return 0;
}
