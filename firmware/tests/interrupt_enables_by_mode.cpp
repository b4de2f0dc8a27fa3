// An interrupt for M-mode is taken in M only with MIE and below always; one for S-mode in S only with SIE, in U always, in M never.
#include "lib/irq.h"

int main() {
  CSR_CLEAR(0x30a, kSTCE);
  const auto wait = [] { for (int i = 0; i < 1000; ++i) asm volatile("nop"); };
  for (const bool is_delegated : {false, true}) {
    delegate(0, is_delegated ? kSSI : 0);
    CSR_WRITE(mie, kSSI);
    CSR_SET(mip, kSSI);
    for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode})
      for (const uint64_t mie : Values{0, kMPIE})
        for (const uint64_t sie : Values{0, kSIE}) {
          CSR_CLEAR(mstatus, kSIE);
          CSR_SET(mstatus, sie);
          const Trap& trap = run_in(mode, wait, mie);
          const bool is_taken = is_delegated ? mode == kUserMode || (mode == kSupervisorMode && sie)
                                             : mode != kMachineMode || mie;
          checking("mode, MIE, SIE", (uint64_t)mode << 8 | mie << 4 | sie);
          if (!is_taken) {
            CHECK_NO_TRAP(trap);
            continue;
          }
          CHECK_TRAP(trap, kSupervisorSoftware, 0);
          CHECK_EQ(trap.to, is_delegated ? kSupervisorMode : kMachineMode);
        }
    // Not enabled in mie: not taken anywhere.
    CSR_WRITE(mie, 0);
    CSR_SET(mstatus, kSIE);
    for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) CHECK_NO_TRAP(run_in(mode, wait, kMPIE));
  }
  return 0;
}
