// The difference of two reads of minstret is exactly the number of instructions between, one of the reads included; so it is for loops and calls.
// guest: qemu=icount
#include "lib/test.h"

extern "C" uint64_t a_loop_of_300();
extern "C" uint64_t forty_straight();
extern "C" uint64_t calls();
asm(R"(
        .balign 4
forty_straight:
        csrr    t0, minstret
        .rept   20
        nop
        addi    t1, t1, 1
        .endr
        csrr    a0, minstret
        sub     a0, a0, t0
        ret
a_loop_of_300:
        li      t2, 100
        csrr    t0, minstret
1:      addi    t2, t2, -1
        xor     t1, t1, t2
        bnez    t2, 1b
        csrr    a0, minstret
        sub     a0, a0, t0
        ret
calls:
        mv      t3, ra
        csrr    t0, minstret
        jal     ra, 2f
        csrr    a0, minstret
        sub     a0, a0, t0
        mv      ra, t3
        ret
2:      mul     t1, t1, t1
        ld      t1, 0(sp)
        sd      t1, -8(sp)
        ret
)");

int main() {
  for (int round = 0; round < 20; ++round) {
    CHECK_EQ(forty_straight(), 41);
    CHECK_EQ(a_loop_of_300(), 301);
    CHECK_EQ(calls(), 6);
  }
  // The same from U-mode, by instret.
  CSR_WRITE(mcounteren, 7);
  CSR_WRITE(scounteren, 7);
  uint64_t difference = 0;
  CHECK_NO_TRAP(run_in(kUserMode, [&] {
    uint64_t a, b;
    asm volatile("rdinstret %0\nnop\nnop\nnop\nrdinstret %1" : "=r"(a), "=r"(b));
    difference = b - a;
  }));
  CHECK_EQ(difference, 4);
  return 0;
}
