// Writing MSIP of a hart raises the software interrupt there and nowhere else, until zero is written.
// guest: harts=2,4
#include "lib/irq.h"

static volatile uint64_t seen[RT_MAX_HARTS], cause[RT_MAX_HARTS];
static volatile int go;

static void wait_for_interrupt(unsigned hart) {
  CSR_WRITE(mie, kMSI);
  seen[hart] = 1;
  const Trap& trap = run_in(kMachineMode, [] { while (!go) asm volatile("nop"); }, kMPIE);
  cause[hart] = trap.taken ? trap.cause : 0;
  seen[hart] = 2;
  while (!go) {}
}

int main() {
  const unsigned harts = rt_hart_count();
  CHECK(harts >= 2);
  for (unsigned hart = 1; hart < harts; ++hart) {
    rt_run_on(hart, wait_for_interrupt);
    while (seen[hart] != 1) {}
  }
  pass_time(100);
  for (unsigned hart = 1; hart < harts; ++hart) {
    CHECK_EQ(seen[hart], 1);
    *rt_msip(hart) = 1;
    while (seen[hart] != 2) {}
    CHECK_EQ(cause[hart], kMachineSoftware);
    CHECK_EQ(*rt_msip(hart), 1);
    *rt_msip(hart) = 0;
    CHECK_EQ(*rt_msip(hart), 0);
    CHECK_EQ(CSR_READ(mip) & kMSI, 0);
  }
  go = 1;
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
  return 0;
}
