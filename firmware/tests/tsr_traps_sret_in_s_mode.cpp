// mstatus.TSR makes SRET illegal in S-mode and leaves it alone in M-mode.
#include "lib/test.h"

int main() {
  const auto snippet = [] { asm volatile("lla t0, 1f\ncsrw sepc, t0\n" AT("sret") "1:" ::: "t0", "t6", "memory"); };
  CSR_SET(mstatus, kTSR | kSPP);
  CHECK_TRAP_AT(run_in(kSupervisorMode, snippet), kIllegalInstruction, 0x10200073);
  CHECK_NO_TRAP(run_in(kMachineMode, snippet));
  CSR_CLEAR(mstatus, kTSR);
  CSR_SET(mstatus, kSPP);
  CHECK_NO_TRAP(run_in(kSupervisorMode, snippet));
  return 0;
}
