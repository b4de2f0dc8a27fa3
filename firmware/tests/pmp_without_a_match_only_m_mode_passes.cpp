// An access that no entry matches fails in S- and U-mode and succeeds in M-mode.
#include "lib/pmp.h"

int main() {
  leave_pmp_alone();
  begin_pmp_test(4096);
  for (const Mode mode : {kUserMode, kSupervisorMode}) {
    const Trap& trap = run_in(mode, [] {});
    CHECK_TRAP(trap, kFetchAccessFault, trap.epc);
    CHECK_EQ(trap.from(), mode);
  }
  CHECK_EQ(permissions_at(kMachineMode, kArea), kPmpRWX);
  // The program alone.
  set_pmp(0, kPmpNapot | kPmpRWX, pmp_napot(0x80000000, kMega));
  for (const Mode mode : {kUserMode, kSupervisorMode}) CHECK_EQ(permissions_at(mode, kArea), 0);
  CHECK_EQ(permissions_at(kMachineMode, kArea), kPmpRWX);
  return 0;
}
