// mtime of the CLINT is writable: it goes on from the value written, and the time CSR and the timer follow.
#include "lib/irq.h"

int main() {
  *rt_mtimecmp(0) = 1ull << 60;
  CHECK(mip_becomes(kMTI, 0));
  *rt_mtime() = 1ull << 60;
  CHECK(mip_becomes(kMTI, kMTI));
  CHECK(CSR_READ(time) >= 1ull << 60);
  CHECK(*rt_mtime() - (1ull << 60) < 100000000);
  *rt_mtime() = 0;
  CHECK(mip_becomes(kMTI, 0));
  CHECK(*rt_mtime() < 100000000);
  return 0;
}
