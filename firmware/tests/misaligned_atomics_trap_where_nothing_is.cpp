// An atomic at a small odd address traps as at any other, also where its code has run often.
// Which fault it is depends on the machine.
#include "lib/test.h"

static uint64_t word = 5;

int main() {
  for (const uint64_t bad : {1, 3, 7}) {
    for (const Mode mode : {kSupervisorMode, kMachineMode}) {
      const Trap& trap = run_in(mode, [=] {
        uint64_t at = (uint64_t)&word;
        for (int round = 0; round < 8; ++round) {
          asm volatile("amoand.w zero, %0, (%1)" ::"r"(-1), "r"(at) : "memory");
          asm volatile("amoadd.d zero, zero, (%0)" ::"r"(at) : "memory");
          asm volatile("amoswap.w zero, %0, (%1)" ::"r"(5), "r"(at) : "memory");
          if (round == 5) at = bad;
          asm volatile("" : "+r"(at));
        }
      });
      CHECK(trap.taken && trap.cause >= kLoadMisaligned && trap.cause <= kStoreAccessFault);
      CHECK_EQ(trap.tval, bad);
    }
  }
  CHECK_EQ(word, 5);
  return 0;
}
