// What is delegated to S-mode is taken there in the order SEI, SSI, STI; what goes to M-mode comes first, whatever its rank.
#include "lib/irq.h"

int main() {
  CSR_CLEAR(0x30a, kSTCE);
  const auto wait = [] { for (int i = 0; i < 1000; ++i) asm volatile("nop"); };
  for (const Mode mode : {kSupervisorMode, kUserMode}) {
    delegate(0, kSEI | kSSI | kSTI);
    CSR_SET(mip, kSEI | kSSI | kSTI);
    uint64_t enabled = kSEI | kSSI | kSTI;
    for (const uint64_t expected : Values{kSupervisorExternal, kSupervisorSoftware, kSupervisorTimer}) {
      CSR_WRITE(mie, enabled);
      CSR_SET(mstatus, kSIE);
      const Trap& trap = run_in(mode, wait);
      CHECK_TRAP(trap, expected, 0);
      CHECK_EQ(trap.to, kSupervisorMode);
      CHECK_EQ(trap.from(), mode);
      enabled &= ~(1ull << (expected & 63));
    }
    // STI stays with M-mode: it comes before SEI, which is delegated.
    delegate(0, kSEI | kSSI);
    CSR_WRITE(mie, kSEI | kSSI | kSTI);
    CSR_SET(mstatus, kSIE);
    const Trap& trap = run_in(mode, wait);
    CHECK_TRAP(trap, kSupervisorTimer, 0);
    CHECK_EQ(trap.to, kMachineMode);
  }
  return 0;
}
