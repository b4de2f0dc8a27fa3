// A timer interrupt is not taken before its time, ends a loop that never asks, and comes in each of many rounds.
#include "lib/irq.h"

int main() {
  CSR_WRITE(mie, kMTI);
  uint64_t last = 0;
  for (int round = 0; round < 50; ++round) {
    const uint64_t when = *rt_mtime() + 50 + 7 * round;
    *rt_mtimecmp(0) = when;
    CHECK_TRAP(run_in(round % 2 ? kUserMode : kMachineMode, [] { for (;;) {} }, kMPIE), kMachineTimer, 0);
    const uint64_t now = *rt_mtime();
    CHECK(now >= when);
    CHECK(now > last);
    last = now;
  }
  return 0;
}
