// Without C, a jump or taken branch to an address with bit 1 set traps at the jump, links nothing and reports the target.
// guest: march=rv64ima_zicsr_zifencei isa=rv64ima_zicsr_zifencei cpu=rv64,h=false,c=false
#include "lib/test.h"

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    const Trap& jalr = run_in(mode, [] { asm volatile("li ra, 9\nlla a0, 1f\n" AT("jalr ra, 2(a0)") "1:" ::: "t6", "a0", "ra"); });
    CHECK_TRAP_AT(jalr, kFetchMisaligned, jalr.x[10] + 2);
    CHECK_EQ(jalr.x[1], 9);
    const Trap& jal = run_in(mode, [] { asm volatile("li ra, 9\n" AT(".word 0x006000ef") ::: "t6", "ra"); });  // jal ra, .+6
    CHECK_TRAP_AT(jal, kFetchMisaligned, jal.epc + 6);
    CHECK_EQ(jal.x[1], 9);
    const Trap& taken = run_in(mode, [] { asm volatile(AT(".word 0x00000363") ::: "t6"); });  // beq x0, x0, .+6
    CHECK_TRAP_AT(taken, kFetchMisaligned, taken.epc + 6);
    CHECK_NO_TRAP(run_in(mode, [] { asm volatile(".word 0x00001363"); }));                    // bne x0, x0, .+6: not taken
    // Bit 0 of jalr's sum is dropped, not checked.
    CHECK_NO_TRAP(run_in(mode, [] { asm volatile("lla a0, 1f\njalr ra, 1(a0)\n1:" ::: "a0", "ra"); }));
  }
  return 0;
}
