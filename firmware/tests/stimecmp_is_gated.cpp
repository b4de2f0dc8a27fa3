// S-mode may use stimecmp only with both mcounteren.TM and menvcfg.STCE; M-mode always; U-mode never.
#include "lib/irq.h"

int main() {
  for (const uint64_t tm : Values{0, 2})
    for (const uint64_t stce : Values{0, kSTCE}) {
      CSR_WRITE(mcounteren, tm);
      CSR_CLEAR(0x30a, kSTCE);
      CSR_SET(0x30a, stce);
      checking("TM", tm);
      CHECK_NO_TRAP(run_in(kMachineMode, [] { CSR_WRITE(0x14d, 5); CSR_READ(0x14d); }));
      if (tm && stce) {
        CHECK_NO_TRAP(run_in(kSupervisorMode, [] { CSR_WRITE(0x14d, 5); CSR_READ(0x14d); }));
      } else {
        CHECK_ILLEGAL(kSupervisorMode, CSR_READ(0x14d));
        CHECK_ILLEGAL(kSupervisorMode, CSR_WRITE(0x14d, 5));
      }
      CHECK_ILLEGAL(kUserMode, CSR_READ(0x14d));
    }
  // Without STCE, STIP is software's again, whatever stimecmp holds.
  CSR_CLEAR(0x30a, kSTCE);
  CSR_WRITE(mip, kSTI);
  CHECK_EQ(CSR_READ(mip) & kSTI, kSTI);
  CSR_WRITE(mip, 0);
  CHECK_EQ(CSR_READ(mip) & kSTI, 0);
  return 0;
}
