// An entry with L holds for M-mode as for the others; without L, M-mode passes whatever it says.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0x10000);
  // Entry 2 is off and is the lower end of entry 3.
  set_pmp(2, 0, (kArea + 0x5000) >> 2);
  struct { unsigned index; uint8_t config; uint64_t address, first, behind; } const entries[] = {
      {0, kPmpNapot, pmp_napot(kArea + 0x1000, 4096), kArea + 0x1000, kArea + 0x2000},
      {1, kPmpNa4 | kPmpX, (kArea + 0x3000) >> 2, kArea + 0x3000, kArea + 0x3004},
      {3, kPmpTor | kPmpR, (kArea + 0x5800) >> 2, kArea + 0x5000, kArea + 0x5800},
      {4, kPmpNapot | kPmpR | kPmpX, pmp_napot(kArea + 0x8000, 64), kArea + 0x8000, kArea + 0x8040}};
  for (const auto& e : entries) {
    const uint8_t bits = e.config & kPmpRWX;
    checking("entry", e.index);
    set_pmp(e.index, e.config, e.address);
    CHECK_EQ(permissions_at(kMachineMode, e.first), kPmpRWX);
    CHECK_EQ(permissions_at(kSupervisorMode, e.first), bits);
    set_pmp(e.index, e.config | kPmpLocked, e.address);
    CHECK_EQ(permissions_at(kMachineMode, e.first), bits);
    CHECK_EQ(permissions_at(kSupervisorMode, e.first), bits);
    CHECK_EQ(permissions_at(kMachineMode, e.behind), kPmpRWX);
  }
  return 0;
}
