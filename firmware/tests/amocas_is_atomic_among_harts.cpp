// Counting by AMOCAS.D and AMOCAS.Q on all harts loses nothing; both halves of a pair change together.
// guest: harts=1,4
#include "lib/test.h"

// The assembler of LLVM 19 has Zacas as an experiment only.
#define AMOCAS_D(rd, rs2, rs1) ".insn r 0x2f, 3, 0x14, " rd ", " rs1 ", " rs2
#define AMOCAS_Q(rd, rs2, rs1) ".insn r 0x2f, 4, 0x14, " rd ", " rs1 ", " rs2

constexpr uint64_t kRounds = 1000;
static uint64_t word;
alignas(16) static uint64_t pair[2];
static volatile uint64_t torn;

static void work(unsigned) {
  for (uint64_t i = 0; i < kRounds; ++i) {
    asm volatile("ld t0, (%0)\n1: mv t1, t0\naddi t2, t0, 1\n" AMOCAS_D("t0", "t2", "%0") "\nbne t0, t1, 1b"
                 ::"r"(&word) : "t0", "t1", "t2", "memory");
    uint64_t is_torn = 0;
    // (a2,a3): expected and found; (a4,a5): next = (n + 1, -(n + 1)).
    asm volatile(
        "mv a0, %1\nld a2, 0(a0)\nneg a3, a2\n"
        "1: mv t0, a2\nmv t1, a3\naddi a4, a2, 1\nneg a5, a4\n" AMOCAS_Q("a2", "a4", "a0")
        "\nadd t2, a2, a3\nor %0, %0, t2\nbne a2, t0, 1b\nbne a3, t1, 1b"
        : "+&r"(is_torn) : "r"(pair) : "a0", "a2", "a3", "a4", "a5", "t0", "t1", "t2", "memory");
    if (is_torn) torn = 1;
  }
}

int main() {
  const unsigned harts = rt_hart_count();
  on_all_harts(harts, work);
  CHECK_EQ(word, harts * kRounds);
  CHECK_EQ(pair[0], harts * kRounds);
  CHECK_EQ(pair[1], 0 - harts * kRounds);
  CHECK_EQ(torn, 0);
  return 0;
}
