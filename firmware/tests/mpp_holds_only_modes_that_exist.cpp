// mstatus.MPP is WARL: 0, 1 and 3 are kept, 2 never is.
#include "lib/test.h"

int main() {
  for (const uint64_t mode : Values{0, 1, 3}) {
    CSR_CLEAR(mstatus, kMPP);
    CSR_SET(mstatus, mode << 11);
    CHECK_EQ(CSR_READ(mstatus) & kMPP, mode << 11);
    CSR_WRITE(mstatus, (CSR_READ(mstatus) & ~kMPP) | 2 << 11);
    CHECK((CSR_READ(mstatus) & kMPP) != 2 << 11);
  }
  return 0;
}
