// A lock taken by LR/SC by all harts at once: every hart gets it again and again, no count is lost.
// guest: harts=1,4,8
#include "lib/test.h"

constexpr uint64_t kRounds = 500;
static uint32_t lock;
static volatile uint64_t guarded, in_section, by_hart[RT_MAX_HARTS];

static void work(unsigned hart) {
  for (uint64_t i = 0; i < kRounds; ++i) {
    asm volatile(R"(
1:      lr.w.aq t0, (%0)
        bnez    t0, 1b
        li      t0, 1
        sc.w    t0, t0, (%0)
        bnez    t0, 1b)" ::"r"(&lock) : "t0", "memory");
    CHECK_EQ(in_section, 0);
    in_section = 1;
    guarded = guarded + 1;
    by_hart[hart] = by_hart[hart] + 1;
    in_section = 0;
    asm volatile("amoswap.w.rl x0, x0, (%0)" ::"r"(&lock) : "memory");
  }
}

int main() {
  const unsigned harts = rt_hart_count();
  on_all_harts(harts, work);
  CHECK_EQ(guarded, harts * kRounds);
  for (unsigned hart = 0; hart < harts; ++hart) CHECK_EQ(by_hart[hart], kRounds);
  return 0;
}
