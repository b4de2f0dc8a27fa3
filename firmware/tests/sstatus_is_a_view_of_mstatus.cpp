// sstatus shows SIE, SPIE, SPP, FS, SUM, MXR, UXL and SD of mstatus and writes those that can be written; the rest it leaves alone.
#include "lib/test.h"

int main() {
  constexpr uint64_t kView = kSIE | kSPIE | kSPP | kFS | kSUM | kMXR;
  constexpr uint64_t kRest = kMPIE | kMPP | kTVM | kTW | kTSR;
  CSR_WRITE(mstatus, kRest);
  CHECK_EQ(CSR_READ(sstatus), kUxl64);
  CSR_WRITE(sstatus, ~0ull);
  CHECK_EQ(CSR_READ(sstatus), kView | kUxl64 | kSD);
  CHECK_EQ(CSR_READ(mstatus), kView | kRest | kUxl64 | kSxl64 | kSD);
  CSR_WRITE(sstatus, 0);
  CHECK_EQ(CSR_READ(mstatus), kRest | kUxl64 | kSxl64);
  CSR_WRITE(mstatus, 0);
  CHECK_EQ(CSR_READ(mstatus), kUxl64 | kSxl64);
  return 0;
}
