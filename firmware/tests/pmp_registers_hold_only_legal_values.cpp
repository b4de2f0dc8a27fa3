// pmpcfg bits 5 and 6 are zero, W without R is not kept, pmpaddr has 54 bits; there are 16 entries.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0);
  leave_pmp_alone();
  CSR_WRITE(pmpcfg0, 0x6060606060606060);
  CHECK_EQ(CSR_READ(pmpcfg0), 0);
  for (unsigned config = 0; config < 0x20; ++config) {
    set_pmp(0, (uint8_t)(config | 0x60), 0);
    checking("configuration", config);
    const uint8_t is = pmp_config(0);
    CHECK_EQ(is & 0xe0, 0);
    CHECK((is & (kPmpR | kPmpW)) != kPmpW);
    if ((config & (kPmpR | kPmpW)) != kPmpW) CHECK_EQ(is, config);
  }
  set_pmp(0, 0, 0);
  CSR_WRITE(pmpaddr0, ~0ull);
  CHECK_EQ(CSR_READ(pmpaddr0), ~0ull >> 10);
  CSR_WRITE(pmpaddr15, 0x1234567);
  CHECK_EQ(CSR_READ(pmpaddr15), 0x1234567);
  CSR_WRITE(pmpaddr0, 0);
  return 0;
}
