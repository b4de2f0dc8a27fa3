// WFI ends when an interrupt enabled in mie becomes pending although MIE = 0, takes no trap then, and goes on behind itself.
#include "lib/test.h"

int main() {
  CSR_CLEAR(mstatus, kMIE);
  CSR_WRITE(mie, kMTI);
  const uint64_t start = *rt_mtime();
  *rt_mtimecmp(0) = start + 2000;
  uint64_t before, after;
  asm volatile("auipc %0, 0\nwfi\nauipc %1, 0" : "=r"(before), "=r"(after)::"memory");
  CHECK_EQ(after, before + 8);
  CHECK(*rt_mtime() >= start + 2000);
  CHECK_EQ(CSR_READ(mip) & kMTI, kMTI);
  // Pending already: no wait at all.
  asm volatile("wfi");
  // Not enabled in mie: it does not end the wait, but another one does.
  *rt_mtimecmp(0) = ~0ull;
  *rt_msip(0) = 1;
  CHECK_EQ(CSR_READ(mip) & (kMTI | kMSI), kMSI);
  const uint64_t again = *rt_mtime();
  *rt_mtimecmp(0) = again + 2000;
  asm volatile("wfi");
  CHECK(*rt_mtime() >= again + 2000);
  return 0;
}
