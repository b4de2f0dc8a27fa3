// An instruction that traps, ECALL and EBREAK included, does not retire: a handler's own instructions are all that is added.
#include "lib/test.h"

extern "C" void skip();
asm(R"(
        .balign 4
skip:   csrrw   t5, mepc, t6        # t6: where to go on
        mret
)");

// From the first CSRR to the second: the statement (if it retires), the two of the handler, and the second CSRR's predecessor.
#define COUNT(statement)                                                                                     \
  ({                                                                                                         \
    uint64_t a_, b_;                                                                                         \
    asm volatile("lla t6, 9f\nli t4, 1\ncsrr %0, minstret\n" statement "\n9: csrr %1, minstret"              \
                 : "=&r"(a_), "=&r"(b_)::"t4", "t5", "t6", "a0", "memory");                                  \
    b_ - a_;                                                                                                 \
  })

int main() {
  CSR_WRITE(mtvec, &skip);
  for (int round = 0; round < 10; ++round) {
    CHECK_EQ(COUNT("nop"), 2);
    CHECK_EQ(COUNT("nop\nnop"), 3);
    CHECK_EQ(COUNT("ecall"), 3);  // csrr, csrrw, mret
    CHECK_EQ(COUNT("ebreak"), 3);
    CHECK_EQ(COUNT(".word 0xffffffff"), 3);
    CHECK_EQ(COUNT("slli t4, t4, 56\nld a0, 0(t4)"), 4);  // no memory there
    CHECK_EQ(COUNT("csrr a0, 0x8ff"), 3);
    // What stands before it in the same straight line does count.
    CHECK_EQ(COUNT("nop\necall"), 4);
    CHECK_EQ(COUNT("li a0, 5\nmv t4, a0\n.word 0xffffffff"), 5);
    CHECK_EQ(COUNT("slli t4, t4, 56\naddi t4, t4, 8\nld a0, 0(t4)"), 5);
    CHECK_EQ(COUNT("slli t4, t4, 56\naddi a0, t4, 8\naddi a0, a0, 8\nsd t4, 0(a0)\nnop"), 6);
  }
  return 0;
}
