// MRET is illegal below M-mode, SRET in U-mode; they change nothing there.
#include "lib/test.h"

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode}) {
    CHECK_ILLEGAL(mode, asm volatile("mret"));
    CSR_SET(mstatus, kSPP | kSPIE);
    CSR_CLEAR(mstatus, kSIE);
  }
  const Trap& trap = run_in(kUserMode, [] { asm volatile(AT("sret") ::: "t6"); });
  CHECK_EQ(trap.cause, kIllegalInstruction);
  CHECK_EQ(trap.epc, trap.x[31]);
  CHECK_EQ(trap.from(), kUserMode);
  CHECK_EQ(trap.status & (kSPP | kSPIE | kSIE), kSPP | kSPIE);
  return 0;
}
