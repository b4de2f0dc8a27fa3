// A TOR entry covers pmpaddr[i-1] <= address < pmpaddr[i]; nothing when the range is empty; from zero for entry 0.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0x4000);
  struct { uint64_t low, high; } const ranges[] = {{0x1000, 0x2000}, {0x1004, 0x1008}, {0x0ffc, 0x1004}, {0x1230, 0x3210}};
  for (const auto& r : ranges) {
    set_pmp(4, 0, (kArea + r.low) >> 2);
    set_pmp(5, kPmpTor | kPmpR, (kArea + r.high) >> 2);
    for (const Mode mode : {kUserMode, kSupervisorMode}) {
      checking("low", r.low);
      CHECK_EQ(permissions_at(mode, kArea + r.low), kPmpR);
      CHECK_EQ(permissions_at(mode, kArea + r.high - 4), kPmpR);
      CHECK_EQ(permissions_at(mode, kArea + r.low - 4), kPmpRWX);
      CHECK_EQ(permissions_at(mode, kArea + r.high), kPmpRWX);
    }
  }
  // Empty and backwards.
  set_pmp(5, kPmpTor, (kArea + 0x1230) >> 2);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x1230), kPmpRWX);
  set_pmp(5, kPmpTor, (kArea + 0x1000) >> 2);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x1100), kPmpRWX);
  set_pmp(5, 0, 0);
  // The address of the entry before counts whatever that entry's own mode is.
  set_pmp(6, kPmpNa4 | kPmpX, (kArea + 0x1000) >> 2);
  set_pmp(7, kPmpTor | kPmpR, (kArea + 0x2000) >> 2);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x1000), kPmpX);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x1004), kPmpR);
  // Entry 0 begins at zero: it takes everything from U-mode but what comes behind its end.
  set_pmp(0, kPmpTor, (kArea + 0x3000) >> 2);
  CHECK_TRAP(run_in(kUserMode, [] {}), kFetchAccessFault, CSR_READ(mepc));
  set_pmp(0, kPmpTor | kPmpRWX, (kArea + 0x3000) >> 2);
  CHECK_EQ(permissions_at(kUserMode, kArea + 0x1000), kPmpRWX);
  return 0;
}
