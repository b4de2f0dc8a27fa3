// Of several entries that match, the one with the lowest number decides, for more and for less.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(4096);
  set_pmp(9, kPmpNapot | kPmpRWX, pmp_napot(kArea, 4096));
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x100), kPmpRWX);
  set_pmp(8, kPmpNapot | kPmpX, pmp_napot(kArea, 1024));
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x100), kPmpX);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x400), kPmpRWX);
  set_pmp(3, kPmpNapot | kPmpR | kPmpW, pmp_napot(kArea + 0x100, 256));
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x100), kPmpR | kPmpW);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x200), kPmpX);
  set_pmp(0, kPmpNa4, (kArea + 0x104) >> 2);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x104), 0);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x108), kPmpR | kPmpW);
  // Off again: the next one decides.
  set_pmp(0, 0, (kArea + 0x104) >> 2);
  set_pmp(3, 0, 0);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x104), kPmpX);
  return 0;
}
