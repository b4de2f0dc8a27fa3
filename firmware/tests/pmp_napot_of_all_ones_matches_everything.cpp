// pmpaddr of all ones in NAPOT mode covers all of memory.
#include "lib/pmp.h"

int main() {
  leave_pmp_alone();
  begin_pmp_test(4096);
  CSR_WRITE(pmpaddr3, ~0ull);
  set_pmp(3, kPmpNapot | kPmpRWX, ~0ull);
  CHECK_EQ(permissions_at(kSupervisorMode, kArea), kPmpRWX);
  CHECK_EQ(permissions_at(kUserMode, kArea + 4092), kPmpRWX);
  set_pmp(2, kPmpNapot, ~0ull);
  CHECK_TRAP(run_in(kUserMode, [] {}), kFetchAccessFault, CSR_READ(mepc));
  return 0;
}
