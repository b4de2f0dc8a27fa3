// EBREAK and C.EBREAK raise a breakpoint; mtval is the address of the instruction, as mepc.
#include "lib/test.h"

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    const Trap& wide = run_in(mode, [] { asm volatile(".option push\n.option norvc\n" AT("ebreak") ".option pop" ::: "t6"); });
    CHECK_TRAP_AT(wide, kBreakpoint, wide.epc);
    CHECK_EQ(instruction_at(wide.epc), 0x00100073);
    const Trap& narrow = run_in(mode, [] { asm volatile(AT("c.ebreak") ::: "t6"); });
    CHECK_TRAP_AT(narrow, kBreakpoint, narrow.epc);
    CHECK_EQ(instruction_at(narrow.epc), 0x9002);
  }
  return 0;
}
