// An NA4 entry covers exactly four bytes.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(4096);
  for (const uint64_t offset : Values{0, 4, 0x7fc, 0xffc})
    for (const uint8_t bits : {0, (int)kPmpR, (int)kPmpX, kPmpR | kPmpW}) {
      set_pmp(1, kPmpNa4 | bits, (kArea + offset) >> 2);
      CHECK_EQ(permissions_at(kSupervisorMode, kArea + offset), bits);
      CHECK_EQ(permissions_at(kSupervisorMode, kArea + offset + 4), kPmpRWX);
      CHECK_EQ(permissions_at(kSupervisorMode, kArea + offset - 4), kPmpRWX);
      for (uint64_t byte = 0; byte < 4; ++byte) {
        const Trap& trap = run_in(kUserMode, [=] { load8(kArea + offset + byte); });
        if (bits & kPmpR) CHECK_NO_TRAP(trap);
        else CHECK_TRAP_AT(trap, kLoadAccessFault, kArea + offset + byte);
      }
    }
  return 0;
}
