// sip and sie show the delegated bits of mip and mie; sie writes them, sip only SSIP and only when it is delegated.
#include "lib/irq.h"

int main() {
  CSR_CLEAR(0x30a, kSTCE);
  constexpr uint64_t kAll = kSSI | kSTI | kSEI;
  for (uint64_t delegated : Values{0, kSSI, kSTI, kSEI, kAll}) {
    CSR_WRITE(mideleg, delegated);
    CHECK_EQ(CSR_READ(mideleg), delegated);
    CSR_WRITE(mie, 0);
    CSR_WRITE(mip, kAll);
    CHECK_EQ(CSR_READ(sip), delegated);
    CSR_WRITE(sip, 0);
    CHECK_EQ(CSR_READ(mip) & kAll, kAll & ~(delegated & kSSI));
    CSR_WRITE(mip, 0);
    CSR_WRITE(sip, ~0ull);
    CHECK_EQ(CSR_READ(mip) & kAll, delegated & kSSI);
    CSR_WRITE(mip, 0);
    CSR_WRITE(sie, ~0ull);
    CHECK_EQ(CSR_READ(mie) & kAll, delegated);
    CSR_WRITE(mie, ~0ull);
    CHECK_EQ(CSR_READ(sie), delegated);
    CSR_WRITE(sie, 0);
    CHECK_EQ(CSR_READ(mie) & kAll, kAll & ~delegated);
  }
  // M-mode's interrupts cannot be delegated.
  CSR_WRITE(mideleg, ~0ull);
  CHECK_EQ(CSR_READ(mideleg) & (kAll | kMSI | kMTI | kMEI), kAll);
  return 0;
}
