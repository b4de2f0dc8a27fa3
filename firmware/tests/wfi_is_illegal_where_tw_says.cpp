// WFI that would have to wait traps in U-mode, and in S-mode with mstatus.TW; without TW S-mode may wait.
#include "lib/test.h"

int main() {
  const auto wfi = [] { asm volatile(AT("wfi") ::: "t6"); };
  CSR_WRITE(mie, 0);
  CSR_SET(mstatus, kTW);
  CHECK_TRAP_AT(run_in(kSupervisorMode, wfi), kIllegalInstruction, 0x10500073);
  CHECK_TRAP_AT(run_in(kUserMode, wfi), kIllegalInstruction, 0x10500073);
  // CHOICE: U-mode's WFI traps with TW clear too, as it may when S-mode exists.
  CSR_CLEAR(mstatus, kTW);
  CHECK_TRAP_AT(run_in(kUserMode, wfi), kIllegalInstruction, 0x10500073);
  // In M-mode TW means nothing; something pending ends the wait.
  CSR_SET(mstatus, kTW);
  CSR_WRITE(mie, kMSI);
  *rt_msip(0) = 1;
  CHECK_NO_TRAP(run_in(kMachineMode, wfi));
  *rt_msip(0) = 0;
  CSR_CLEAR(mstatus, kTW);
  CSR_WRITE(mideleg, kSSI);
  CSR_CLEAR(mstatus, kSIE);
  CSR_WRITE(mie, kSSI);
  CSR_WRITE(mip, kSSI);
  CHECK_NO_TRAP(run_in(kSupervisorMode, wfi));
  return 0;
}
