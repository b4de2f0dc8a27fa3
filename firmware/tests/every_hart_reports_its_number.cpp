// All harts that the device tree has start, wait, take work by MSIP in any order, and each says its own mhartid.
// guest: harts=1,2,4,8
#include "lib/test.h"

static volatile uint64_t number[RT_MAX_HARTS], calls;

static void report(unsigned hart) {
  number[hart] = CSR_READ(mhartid) + 1;
  __atomic_fetch_add(&calls, 1, __ATOMIC_SEQ_CST);
}

int main() {
  const unsigned harts = rt_hart_count();
  on_all_harts(harts, report);
  for (unsigned hart = 0; hart < harts; ++hart) CHECK_EQ(number[hart], hart + 1);
  CHECK_EQ(calls, harts);
  for (unsigned round = 0; round < 20; ++round)
    for (unsigned hart = harts; hart-- > 1;) on_hart(hart, report);
  CHECK_EQ(calls, harts + 20 * (harts - 1));
  return 0;
}
