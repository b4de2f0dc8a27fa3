// An interrupt that ends WFI and is enabled traps with the address of the next instruction in mepc.
#include "lib/test.h"

int main() {
  CSR_WRITE(mie, kMTI);
  *rt_mtimecmp(0) = *rt_mtime() + 100000;
  const Trap& trap = run_in(kMachineMode, [] { asm volatile(AT("wfi") "ebreak" ::: "t6"); }, kMPIE);
  CHECK_TRAP(trap, kMachineTimer, 0);
  // CHOICE of time, not of address: it may come before the WFI only if it was pending then.
  CHECK_EQ(trap.epc, trap.x[31] + 4);
  return 0;
}
