// Only bit 0 of an MSIP register holds a value; it is bit 3 of that hart's mip.
#include "lib/irq.h"

int main() {
  *rt_msip(0) = ~0u;
  CHECK_EQ(*rt_msip(0), 1);
  CHECK(mip_becomes(kMSI, kMSI));
  *rt_msip(0) = ~1u;
  CHECK_EQ(*rt_msip(0), 0);
  CHECK(mip_becomes(kMSI, 0));
  return 0;
}
