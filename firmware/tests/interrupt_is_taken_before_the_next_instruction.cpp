// What makes a pending interrupt deliverable (MIE, mie, mip, MRET) has effect before the instruction after it.
#include "lib/irq.h"

int main() {
  // mstatus.MIE set by CSRRSI.
  CSR_SET(mip, kSSI);
  CSR_WRITE(mie, kSSI);
  const Trap& by_mie = run_in(kMachineMode, [] { asm volatile(AT("csrsi mstatus, 8") "li a0, 1\n" ::: "t6", "a0"); });
  CHECK_TRAP(by_mie, kSupervisorSoftware, 0);
  CHECK_EQ(by_mie.epc, by_mie.x[31] + 4);
  // A bit of mie.
  CSR_WRITE(mie, 0);
  const Trap& by_enable = run_in(kMachineMode, [] { asm volatile(AT("csrsi mie, 2") "li a0, 1\n" ::: "t6", "a0"); }, kMPIE);
  CHECK_TRAP(by_enable, kSupervisorSoftware, 0);
  CHECK_EQ(by_enable.epc, by_enable.x[31] + 4);
  // The bit of mip itself.
  CSR_CLEAR(mip, kSSI);
  CSR_WRITE(mie, kSSI);
  const Trap& by_pending = run_in(kMachineMode, [] { asm volatile(AT("csrsi mip, 2") "li a0, 1\n" ::: "t6", "a0"); }, kMPIE);
  CHECK_TRAP(by_pending, kSupervisorSoftware, 0);
  CHECK_EQ(by_pending.epc, by_pending.x[31] + 4);
  // MRET to a mode in which it is enabled: nothing there is executed first.
  const Trap& by_mret = run_in(kUserMode, [] { asm volatile("ebreak"); });
  CHECK_TRAP(by_mret, kSupervisorSoftware, 0);
  CHECK_EQ(by_mret.from(), kUserMode);
  CHECK_EQ(by_mret.x[31], 0);
  // SIE by SRET.
  delegate(0, kSSI);
  CSR_CLEAR(mstatus, kSIE);
  CSR_SET(mstatus, kSPP | kSPIE);
  const Trap& by_sret = run_in(kSupervisorMode, [] { asm volatile("lla t6, 1f\ncsrw sepc, t6\nsret\n1: ebreak" ::: "t6"); });
  CHECK_TRAP(by_sret, kSupervisorSoftware, 0);
  CHECK_EQ(by_sret.epc, by_sret.x[31]);
  return 0;
}
