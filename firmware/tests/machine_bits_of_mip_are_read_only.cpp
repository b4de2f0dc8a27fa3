// MSIP, MTIP and MEIP cannot be written in mip; SSIP, SEIP, and STIP without Sstc, can.
#include "lib/irq.h"

int main() {
  constexpr uint64_t kAll = kSSI | kMSI | kSTI | kMTI | kSEI | kMEI;
  CSR_CLEAR(0x30a, kSTCE);
  *rt_mtimecmp(0) = ~0ull;
  CSR_WRITE(mip, ~0ull);
  CHECK_EQ(CSR_READ(mip) & kAll, kSSI | kSEI | kSTI);
  CSR_WRITE(mip, 0);
  CHECK_EQ(CSR_READ(mip) & kAll, 0);
  *rt_msip(0) = 1;
  *rt_mtimecmp(0) = 0;
  CHECK(mip_becomes(kMSI | kMTI, kMSI | kMTI));
  CSR_WRITE(mip, 0);
  CHECK_EQ(CSR_READ(mip) & kAll, kMSI | kMTI);
  *rt_msip(0) = 0;
  *rt_mtimecmp(0) = ~0ull;
  CHECK(mip_becomes(kMSI | kMTI, 0));
  CSR_WRITE(mie, ~0ull);
  CHECK_EQ(CSR_READ(mie) & kAll, kAll);
  return 0;
}
