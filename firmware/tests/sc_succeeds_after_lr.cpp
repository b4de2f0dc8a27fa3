// SC after an LR of the same address and size, with nothing between, succeeds (in a few tries), writes, and returns zero.
#include "lib/test.h"

static uint64_t word[2];

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    word[0] = 0x1111111122222222;
    uint64_t old = 0;
    CHECK_NO_TRAP(run_in(mode, [&] {
      asm volatile("1: lr.d %0, (%1)\nsc.d t0, %2, (%1)\nbnez t0, 1b" : "=&r"(old) : "r"(word), "r"(7ul) : "t0", "memory");
    }));
    CHECK_EQ(old, 0x1111111122222222);
    CHECK_EQ(word[0], 7);
    word[0] = 0xffffffff80000000;
    CHECK_NO_TRAP(run_in(mode, [&] {
      asm volatile("1: lr.w.aq %0, (%1)\naddi t1, %0, 1\nsc.w.rl t0, t1, (%1)\nbnez t0, 1b" : "=&r"(old) : "r"(word) : "t0", "t1", "memory");
    }));
    CHECK_EQ(old, 0xffffffff80000000);
    CHECK_EQ(word[0], 0xffffffff80000001);
  }
  return 0;
}
