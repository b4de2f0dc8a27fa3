// mtimecmp and stimecmp are of each hart: every hart gets its own interrupts, on time, and nobody else's.
// guest: harts=4
#include "lib/irq.h"

static volatile uint64_t counted[RT_MAX_HARTS], wrong;

static void work(unsigned hart) {
  CSR_SET(0x30a, kSTCE);
  CSR_WRITE(0x14d, ~0ull);
  for (unsigned round = 0; round < 10 + hart; ++round) {
    const bool is_supervisor = round % 2;
    const uint64_t when = *rt_mtime() + 100 + 30 * hart;
    CSR_WRITE(mie, is_supervisor ? kSTI : kMTI);
    if (is_supervisor) CSR_WRITE(0x14d, when);
    else *rt_mtimecmp(hart) = when;
    const Trap& trap = run_in(kMachineMode, [] { for (;;) asm volatile("nop"); }, kMPIE);
    if (trap.cause != (is_supervisor ? kSupervisorTimer : kMachineTimer) || *rt_mtime() < when) wrong = hart + 1;
    *rt_mtimecmp(hart) = ~0ull;
    CSR_WRITE(0x14d, ~0ull);
    while (CSR_READ(mip) & (kSTI | kMTI)) {}
    counted[hart] = counted[hart] + 1;
  }
  CSR_WRITE(mie, 0);
}

int main() {
  const unsigned harts = rt_hart_count();
  for (unsigned hart = 0; hart < harts; ++hart) *rt_mtimecmp(hart) = ~0ull;
  on_all_harts(harts, work);
  for (unsigned hart = 0; hart < harts; ++hart) CHECK_EQ(counted[hart], 10 + hart);
  CHECK_EQ(wrong, 0);
  return 0;
}
