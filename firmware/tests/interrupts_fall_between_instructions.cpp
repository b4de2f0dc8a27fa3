// A timer interrupt at any time leaves exact state: mepc tells which instructions of a loop have had their effect, all before it and none after.
#include "lib/irq.h"

extern "C" char interrupted_loop[];
asm(R"(
        .balign 4
        .option push
        .option norvc
interrupted_loop:
        addi    a0, a0, 1
        addi    a1, a1, 1
        add     a2, a0, a1
        sd      a2, 0(a3)
        ld      a4, 0(a3)
        addi    a5, a5, 1
        xor     t0, a0, a1
        lui     t1, 5
        beqz    x0, interrupted_loop
        .option pop
)");

int main() {
  static uint64_t word;
  CSR_WRITE(mie, kMTI);
  uint64_t places = 0, total = 0;
  for (uint64_t round = 0; round < 400; ++round) {
    const Mode mode = round % 3 == 0 ? kMachineMode : round % 3 == 1 ? kSupervisorMode : kUserMode;
    *rt_mtimecmp(0) = ~0ull;
    CHECK(mip_becomes(kMTI, 0));
    *rt_mtimecmp(0) = *rt_mtime() + 3 + round % 41;
    const Trap& trap = run_in(mode, [] {
      asm volatile("li a0, 0\nli a1, 0\nli a2, 0\nli a4, 0\nli a5, 0\nmv a3, %0\nj interrupted_loop"
                   ::"r"(&word) : "a0", "a1", "a2", "a3", "a4", "a5", "t0", "t1", "memory");
    }, kMPIE);
    CHECK_TRAP(trap, kMachineTimer, 0);
    const uint64_t at = trap.epc - (uint64_t)interrupted_loop;
    if (at >= 36) continue;  // it came before the loop
    CHECK_EQ(at % 4, 0);
    const uint64_t a0 = trap.x[10], a1 = trap.x[11], a2 = trap.x[12], a4 = trap.x[14], a5 = trap.x[15];
    checking("place", at);
    CHECK_EQ(a0 - a1, at == 4);
    if (a1 == 0) continue;
    // The sum is of the round before until ADD has run: both addends were one less, or just the second.
    CHECK_EQ(a2, a0 + a1 - (at == 4 ? 1 : at == 8 ? 2 : 0));
    CHECK_EQ(a1 - a5, at >= 8 && at <= 20);
    CHECK_EQ(word, at == 12 ? a2 - 2 : a2);
    CHECK_EQ(a4, at == 12 || at == 16 ? a2 - 2 : a2);
    places |= 1ull << at / 4;
    total += a0;
  }
  CHECK(total > 0);
  CHECK(places != 0);
  return 0;
}
