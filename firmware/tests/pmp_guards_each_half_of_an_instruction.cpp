// An instruction of which the second half lies in a region without X is a fetch access fault.
// CHOICE: mtval is the half that failed.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(4096);
  for (const uint64_t border : Values{kArea + 0x100, kArea + 0x200}) {
    *(volatile uint16_t*)(border - 2) = (uint16_t)li_a0(7);
    *(volatile uint16_t*)border = li_a0(7) >> 16;
    *(volatile uint16_t*)(border + 2) = 0x8082;
    fence_i();
    set_pmp(0, 0, 0);
    uint64_t result = 0;
    CHECK_NO_TRAP(run_in(kUserMode, [&] { result = call_with(border - 2, 0); }));
    CHECK_EQ(result, 7);
    set_pmp(0, kPmpNapot | kPmpR | kPmpW, pmp_napot(border, 256));
    const Trap& trap = run_in(kUserMode, [=] { call_with(border - 2, 0); });
    CHECK_TRAP(trap, kFetchAccessFault, border);
    CHECK_EQ(trap.epc, border - 2);
  }
  return 0;
}
