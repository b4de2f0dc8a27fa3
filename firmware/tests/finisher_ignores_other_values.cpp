// Values that mean nothing to the finisher do nothing; it reads as zero.
// guest: spike=no
#include "lib/test.h"

int main() {
  for (const uint32_t value : {0u, 1u, 0x5554u, 0x1234u, 0x33330000u}) {
    rt_write32(RT_FINISHER, value);
    CHECK_EQ(rt_read32(RT_FINISHER), 0);
  }
  return 0;
}
