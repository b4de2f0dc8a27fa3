// ECALL from S-mode can be delegated to S-mode itself; ECALL from M-mode cannot be delegated at all.
#include "lib/test.h"

int main() {
  leave_supervisor_by_illegal_instruction(true);
  delegate(1 << kEcallS);
  const Trap& trap = run_in(kSupervisorMode, [] { asm volatile(AT("ecall") ::: "t6"); });
  CHECK_TRAP_AT(trap, kEcallS, 0);
  CHECK_EQ(trap.to, kSupervisorMode);
  CHECK_EQ(trap.from(), kSupervisorMode);
  CSR_WRITE(medeleg, ~0ull);
  CHECK_EQ(CSR_READ(medeleg) & 1 << kEcallM, 0);
  return 0;
}
