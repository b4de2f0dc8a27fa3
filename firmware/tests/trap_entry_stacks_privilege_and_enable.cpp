// A trap to M-mode puts the old mode in MPP and MIE in MPIE and clears MIE; a trap to S-mode does so with SPP, SPIE, SIE.
#include "lib/test.h"

int main() {
  const auto snippet = [] { asm volatile("ebreak"); };
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode})
    for (const uint64_t enabled : Values{0, kMPIE}) {
      const Trap& trap = run_in(mode, snippet, enabled);
      CHECK(trap.taken);
      CHECK_EQ(trap.status & kMPP, mode << 11);
      CHECK_EQ(trap.status & kMIE, 0);
      CHECK_EQ(trap.status & kMPIE, enabled);
    }
  delegate(1 << kBreakpoint);
  for (const Mode mode : {kUserMode, kSupervisorMode})
    for (const uint64_t enabled : Values{0, kSIE}) {
      CSR_CLEAR(mstatus, kSIE | kSPIE | kSPP);
      CSR_SET(mstatus, enabled | (mode == kUserMode ? kSPP : 0));
      const Trap& trap = run_in(mode, snippet);
      CHECK(trap.taken);
      CHECK_EQ(trap.to, kSupervisorMode);
      CHECK_EQ(trap.status & kSPP, mode << 8);
      CHECK_EQ(trap.status & kSIE, 0);
      CHECK_EQ(trap.status & kSPIE, enabled ? kSPIE : 0);
    }
  return 0;
}
