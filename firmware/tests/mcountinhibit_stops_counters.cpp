// A bit of mcountinhibit holds its counter still, at a value that can be written; time goes on, and so does the other counter.
// guest: qemu=icount
#include "lib/test.h"

int main() {
  constexpr uint64_t kCycle = 1, kInstret = 4;
  CSR_WRITE(mcountinhibit, ~0ull);
  CHECK_EQ(CSR_READ(mcountinhibit) & (kCycle | 2 | kInstret), kCycle | kInstret);
  const uint64_t cycle = CSR_READ(mcycle), instret = CSR_READ(minstret), time = CSR_READ(time);
  pass_time(10);
  CHECK_EQ(CSR_READ(mcycle), cycle);
  CHECK_EQ(CSR_READ(minstret), instret);
  CHECK(CSR_READ(time) > time);
  CSR_WRITE(minstret, 500);
  CSR_WRITE(mcycle, 600);
  pass_time(10);
  CHECK_EQ(CSR_READ(minstret), 500);
  CHECK_EQ(CSR_READ(instret), 500);
  CHECK_EQ(CSR_READ(mcycle), 600);
  CHECK_EQ(CSR_READ(cycle), 600);
  CSR_WRITE(mcountinhibit, kCycle);
  CHECK(CSR_READ(minstret) < 600);
  CHECK_EQ(CSR_READ(mcycle), 600);
  CHECK(CSR_READ(minstret) > 500);
  CSR_WRITE(mcountinhibit, kInstret);
  const uint64_t held = CSR_READ(minstret);
  CHECK(CSR_READ(mcycle) >= 600);
  CHECK_EQ(CSR_READ(minstret), held);
  CSR_WRITE(mcountinhibit, 0);
  CHECK(CSR_READ(minstret) > held - 1);
  return 0;
}
