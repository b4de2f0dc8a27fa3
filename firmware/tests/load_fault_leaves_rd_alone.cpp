// An instruction that traps has no effect: rd keeps its value, and so does a base register that is also rd.
#include "lib/test.h"

int main() {
  const Trap& load = run_in(kMachineMode, [] { asm volatile("li a0, 0x18000000\n" AT("ld a0, 8(a0)") ::: "t6", "a0"); });
  CHECK_TRAP_AT(load, kLoadAccessFault, 0x18000008);
  CHECK_EQ(load.x[10], 0x18000000);
  const Trap& amo = run_in(kMachineMode, [] { asm volatile("li a1, 0x18000000\nli a0, 5\n" AT("amoswap.d a0, a0, (a1)") ::: "t6", "a0", "a1"); });
  CHECK_TRAP_AT(amo, kStoreAccessFault, 0x18000000);
  CHECK_EQ(amo.x[10], 5);
  const Trap& csr = run_in(kUserMode, [] { asm volatile("li a0, 7\n" AT("csrrw a0, mscratch, a0") ::: "t6", "a0"); });
  CHECK_TRAP_AT(csr, kIllegalInstruction, instruction_at(csr.epc));
  CHECK_EQ(csr.x[10], 7);
  return 0;
}
