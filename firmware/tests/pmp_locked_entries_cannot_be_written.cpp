// With L, an entry's configuration and address ignore writes until reset; of a locked TOR entry also the address before it.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0);
  const uint64_t one = pmp_napot(kArea, 4096), other = pmp_napot(kArea + 0x8000, 4096);
  set_pmp(2, kPmpNapot | kPmpR | kPmpLocked, one);
  set_pmp(2, kPmpNapot | kPmpRWX, other);
  CHECK_EQ(pmp_config(2), kPmpNapot | kPmpR | kPmpLocked);
  CHECK_EQ(CSR_READ(pmpaddr2), one);
  // Its neighbours in the same register can be written.
  set_pmp(1, kPmpNa4 | kPmpX, other);
  set_pmp(3, kPmpNapot | kPmpX, other);
  CHECK_EQ(pmp_config(1), kPmpNa4 | kPmpX);
  CHECK_EQ(pmp_config(3), kPmpNapot | kPmpX);
  CHECK_EQ(CSR_READ(pmpaddr1), other);
  CHECK_EQ(CSR_READ(pmpaddr3), other);
  // TOR locks the lower address, not the entry that it belongs to.
  set_pmp(6, 0, kArea >> 2);
  set_pmp(7, kPmpTor | kPmpLocked | kPmpR, (kArea + 0x100) >> 2);
  CSR_WRITE(pmpaddr6, 5);
  CSR_WRITE(pmpaddr7, 5);
  CHECK_EQ(CSR_READ(pmpaddr6), kArea >> 2);
  CHECK_EQ(CSR_READ(pmpaddr7), (kArea + 0x100) >> 2);
  set_pmp(6, kPmpNa4 | kPmpX, 5);
  CHECK_EQ(pmp_config(6), kPmpNa4 | kPmpX);
  CHECK_EQ(CSR_READ(pmpaddr6), kArea >> 2);
  // A locked entry that is off still locks.
  set_pmp(9, kPmpLocked, 7);
  CSR_WRITE(pmpaddr9, 9);
  CHECK_EQ(CSR_READ(pmpaddr9), 7);
  CHECK_EQ(pmp_config(9), kPmpLocked);
  return 0;
}
