// LCOFIP can be written in mip, and in sip where it is delegated; among interrupts it comes last; it wakes from WFI.
#include "lib/counters.h"

int main() {
  CSR_CLEAR(0x30a, kSTCE);
  const auto wait = [] { for (int i = 0; i < 1000; ++i) asm volatile("nop"); };
  for (const Mode mode : {kSupervisorMode, kUserMode}) {
    for (const uint64_t delegated : Values{0, kSEI | kSSI | kSTI | kLCOFI}) {
      delegate(0, delegated);
      CSR_SET(mip, kSEI | kSSI | kSTI | kLCOFI);
      uint64_t enabled = kSEI | kSSI | kSTI | kLCOFI;
      for (const uint64_t expected : Values{kSupervisorExternal, kSupervisorSoftware, kSupervisorTimer, kCounterOverflow}) {
        CSR_WRITE(mie, enabled);
        CSR_SET(mstatus, kSIE);
        const Trap& trap = run_in(mode, wait);
        CHECK_TRAP(trap, expected, 0);
        CHECK_EQ(trap.to, delegated ? kSupervisorMode : kMachineMode);
        enabled &= ~(1ull << (expected & 63));
      }
    }
  }
  // The views of S-mode.
  CSR_WRITE(mie, 0);
  for (const uint64_t delegated : Values{0, kLCOFI}) {
    CSR_WRITE(mideleg, delegated);
    CHECK_EQ(CSR_READ(mideleg), delegated);
    CSR_WRITE(mip, kLCOFI);
    CHECK_EQ(CSR_READ(sip) & kLCOFI, delegated);
    CSR_CLEAR(sip, kLCOFI);
    CHECK_EQ(CSR_READ(mip) & kLCOFI, delegated ? 0 : kLCOFI);
    CSR_WRITE(mip, 0);
    CSR_SET(sip, kLCOFI);
    CHECK_EQ(CSR_READ(mip) & kLCOFI, delegated);
    CSR_WRITE(sie, kLCOFI);
    CHECK_EQ(CSR_READ(mie) & kLCOFI, delegated);
    CSR_WRITE(mie, 0);
  }
  CSR_WRITE(mideleg, 0);
  CSR_WRITE(mip, kLCOFI);
  CSR_WRITE(mie, kLCOFI);
  asm volatile("wfi");
  return 0;
}
