// ECALL raises a cause of its own for each mode, with the address of the ECALL in mepc and zero in mtval.
#include "lib/test.h"

int main() {
  const auto snippet = [] { asm volatile(AT("ecall") ::: "t6", "memory"); };
  CHECK_TRAP_AT(run_in(kUserMode, snippet), kEcallU, 0);
  CHECK_TRAP_AT(run_in(kSupervisorMode, snippet), kEcallS, 0);
  CHECK_TRAP_AT(run_in(kMachineMode, snippet), kEcallM, 0);
  return 0;
}
