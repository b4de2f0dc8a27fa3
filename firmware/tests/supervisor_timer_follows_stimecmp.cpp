// With menvcfg.STCE, STIP is up exactly while time >= stimecmp and mip.STIP is read-only; S-mode gets the interrupt by itself.
#include "lib/irq.h"

int main() {
  CSR_SET(0x30a, kSTCE);
  CSR_SET(mcounteren, 2);
  CSR_WRITE(0x14d, ~0ull);
  CHECK(mip_becomes(kSTI, 0));
  CSR_SET(mip, kSTI);
  CHECK_EQ(CSR_READ(mip) & kSTI, 0);
  CSR_WRITE(0x14d, 0);
  CHECK(mip_becomes(kSTI, kSTI));
  CSR_CLEAR(mip, kSTI);
  CHECK_EQ(CSR_READ(mip) & kSTI, kSTI);
  delegate(0, kSTI);
  CSR_WRITE(mie, kSTI);
  for (int round = 0; round < 20; ++round) {
    CSR_CLEAR(mstatus, kSIE);
    CSR_WRITE(0x14d, ~0ull);
    const Trap& trap = run_in(kSupervisorMode, [] {
      const uint64_t when = CSR_READ(time) + 100;
      CSR_WRITE(0x14d, when);
      CSR_SET(sstatus, kSIE);
      for (;;) asm volatile("mv a0, %0" ::"r"(when) : "a0");
    });
    CHECK_TRAP(trap, kSupervisorTimer, 0);
    CHECK_EQ(trap.to, kSupervisorMode);
    CHECK(CSR_READ(time) >= trap.x[10]);
    // A later stimecmp takes it back.
    CSR_WRITE(0x14d, ~0ull);
    CHECK(mip_becomes(kSTI, 0));
  }
  return 0;
}
