// SRET goes to SPP's mode, copies SPIE to SIE, sets SPIE, leaves U in SPP and clears MPRV; M-mode may execute it too.
#include "lib/test.h"

int main() {
  for (const Mode to : {kUserMode, kSupervisorMode})
    for (const uint64_t enabled : Values{0, kSPIE})
      for (const Mode from : {kSupervisorMode, kMachineMode}) {
        CSR_CLEAR(mstatus, kSPP | kSPIE | kSIE);
        CSR_SET(mstatus, (to == kSupervisorMode ? kSPP : 0) | enabled);
        const Trap& trap = run_in(from, [] {
          asm volatile("lla t0, 1f\ncsrw sepc, t0\nsret\n1: ebreak" ::: "t0", "memory");
        });
        CHECK_TRAP(trap, kBreakpoint, trap.epc);
        CHECK_EQ(trap.from(), to);
        CHECK_EQ(trap.status & kSIE, enabled ? kSIE : 0);
        CHECK_EQ(trap.status & kSPIE, kSPIE);
        CHECK_EQ(trap.status & kSPP, 0);
        CHECK_EQ(trap.status & kMPRV, 0);
      }
  // From M-mode with MPRV on.
  CSR_CLEAR(mstatus, kSPP);
  CSR_SET(mstatus, kSPP | kMPP);
  const Trap& trap = run_in(kMachineMode, [] {
    asm volatile("li t0, 1 << 17\ncsrs mstatus, t0\nlla t0, 1f\ncsrw sepc, t0\nsret\n1: ebreak" ::: "t0", "memory");
  });
  CHECK_EQ(trap.from(), kSupervisorMode);
  CHECK_EQ(trap.status & kMPRV, 0);
  return 0;
}
