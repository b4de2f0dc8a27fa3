// A trap to M-mode does not touch scause, sepc, stval, SPP, SPIE and SIE; one to S-mode does not touch M-mode's.
#include "lib/test.h"

int main() {
  CSR_WRITE(scause, 5);
  CSR_WRITE(sepc, 0x1234);
  CSR_WRITE(stval, 0x5678);
  CSR_CLEAR(mstatus, kSIE);
  CSR_SET(mstatus, kSPP | kSPIE);
  const Trap& to_m = run_in(kUserMode, [] { asm volatile("ebreak"); });
  CHECK_EQ(to_m.to, kMachineMode);
  CHECK_EQ(CSR_READ(scause), 5);
  CHECK_EQ(CSR_READ(sepc), 0x1234);
  CHECK_EQ(CSR_READ(stval), 0x5678);
  CHECK_EQ(CSR_READ(mstatus) & (kSPP | kSPIE | kSIE), kSPP | kSPIE);

  // The recorder of S-mode's traps comes to M-mode by ECALL, which says S-mode and its own address.
  delegate(1 << kBreakpoint);
  const Trap& to_s = run_in(kUserMode, [] { asm volatile("ebreak"); });
  CHECK_EQ(to_s.to, kSupervisorMode);
  CHECK_EQ(CSR_READ(mcause), kEcallS);
  CHECK_EQ(CSR_READ(scause), kBreakpoint);
  CHECK_EQ(CSR_READ(sepc), to_s.epc);
  CHECK_EQ(CSR_READ(mstatus) & kMPP, kMppS);
  return 0;
}
