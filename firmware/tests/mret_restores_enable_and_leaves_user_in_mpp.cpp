// MRET goes to MPP's mode, copies MPIE to MIE, sets MPIE, leaves U in MPP, and clears MPRV unless it stays in M-mode.
#include "lib/test.h"

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode})
    for (const uint64_t enabled : Values{0, kMPIE}) {
      // The status that M-mode sees right after an MRET to itself, or a trap back from below.
      CSR_CLEAR(mstatus, kMPP | kMPIE | kMIE | kMPRV);
      CSR_WRITE(mie, 0);
      if (mode == kMachineMode) {
        CSR_SET(mstatus, kMppM | enabled | kMPRV);
        uint64_t status;
        asm volatile("lla t0, 1f\ncsrw mepc, t0\nmret\n1: csrr %0, mstatus" : "=r"(status)::"t0", "memory");
        CSR_CLEAR(mstatus, kMIE | kMPRV);
        CHECK_EQ(status & kMIE, enabled ? kMIE : 0);
        CHECK_EQ(status & kMPIE, kMPIE);
        CHECK_EQ(status & kMPP, 0);
        CHECK_EQ(status & kMPRV, kMPRV);
      } else {
        const Trap& trap = run_in(mode, [] { asm volatile("ebreak"); }, enabled | kMPRV);
        CHECK_EQ(trap.from(), mode);
        CHECK_EQ(trap.status & kMPRV, 0);
        CHECK_EQ(trap.status & kMPIE, enabled);  // what MIE was below
      }
    }
  return 0;
}
