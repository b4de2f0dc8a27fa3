// mtval of an illegal instruction has its bits: all 32, or 16 with zeros above; the register it names keeps its value.
#include "lib/test.h"

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT(".half 0") ::: "t6"); }), kIllegalInstruction, 0);
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT(".half 0x8002") ::: "t6"); }), kIllegalInstruction, 0x8002);  // c.jr x0
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT(".word 0xffffffff") ::: "t6"); }), kIllegalInstruction, 0xffffffff);
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT(".word 0x0000400f") ::: "t6"); }), kIllegalInstruction, 0x0000400f);
    // A custom-0 encoding with rd = a0; a funct7 of OP that nothing uses.
    const Trap& trap = run_in(mode, [] { asm volatile("li a0, 42\n" AT(".word 0x0000050b") ::: "t6", "a0"); });
    CHECK_TRAP_AT(trap, kIllegalInstruction, 0x0000050b);
    CHECK_EQ(trap.x[10], 42);
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT(".word 0xfe000033") ::: "t6"); }), kIllegalInstruction, 0xfe000033);
    CHECK_ILLEGAL(mode, asm volatile("csrr a0, 0x8ff" ::: "a0"));
  }
  return 0;
}
