// A program that overwrites the instructions right behind its own FENCE.I, in the same page and the same straight line, runs the new ones.
#include "lib/test.h"

extern "C" uint64_t patch_ahead(uint64_t instruction);
extern "C" uint64_t patch_loop(uint64_t rounds);
// The library maps all RAM of a program for writing and execution.
asm(R"(
        .option push
        .option norvc
patch_ahead:
        lla     t0, 1f
        sw      a0, 0(t0)
        li      a0, 0
        fence.i
1:      nop
        ret

# A loop whose body adds the loop's own count: each round writes the immediate of the addi that it then executes.
patch_loop:
        lla     t0, 1f
        mv      t1, a0
        li      a0, 0
        lui     t3, 0x50        # addi a0, a0, 0 = 0x00050513
        addi    t3, t3, 0x513
2:      slli    t2, t1, 20
        or      t2, t2, t3
        sw      t2, 0(t0)
        fence.i
1:      addi    a0, a0, 0
        addi    t1, t1, -1
        bnez    t1, 2b
        ret
        .option pop
)");

int main() {
  for (uint32_t i = 0; i < 200; ++i) CHECK_EQ(patch_ahead(li_a0(i)), i);
  CHECK_EQ(patch_ahead(kNop), 0);
  for (const uint64_t n : Values{1, 10, 300, 2000}) CHECK_EQ(patch_loop(n), n * (n + 1) / 2);
  return 0;
}
