// fcsr and the f registers of a hart are its own, whatever the others compute and set meanwhile.
// guest: harts=4
#include "lib/test.h"

static volatile uint64_t wrong;

static void work(unsigned hart) {
  CSR_SET(mstatus, kFS);
  const uint64_t frm = hart % 5;
  for (uint64_t round = 0; round < 300; ++round) {
    CSR_WRITE(fcsr, frm << 5);
    uint64_t sum = 0;
    // Inexact on odd harts alone; f8 lives through the loop.
    asm volatile(WITH("d", "fmv.d.x f8, %1\nfcvt.d.l f9, %2\nli t0, 50\n1: fadd.d f10, f9, f9\nfdiv.d f11, f9, f10\naddi t0, t0, -1\nbnez t0, 1b\n"
                           "beqz %3, 2f\nli t0, 3\nfcvt.d.l f10, t0\nfdiv.d f11, f9, f10\n2: fmv.x.d %0, f8")
                 : "=&r"(sum) : "r"(round * 8 + hart), "r"(1ul), "r"((uint64_t)(hart & 1)) : "t0");
    if (sum != round * 8 + hart || CSR_READ(fcsr) != (frm << 5 | (hart & 1))) wrong = round + 1;
  }
}

int main() {
  on_all_harts(rt_hart_count(), work);
  CHECK_EQ(wrong, 0);
  return 0;
}
