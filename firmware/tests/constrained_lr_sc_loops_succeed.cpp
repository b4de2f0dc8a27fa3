// LR/SC loops of up to 16 instructions succeed again and again on every hart while others do the same, wherever the machine interrupts them.
// guest: harts=2
#include "lib/test.h"

constexpr uint64_t kRounds = 4000;
static uint64_t counter;

template <unsigned kBetween>
static void work(unsigned) {
  for (uint64_t i = 0; i < kRounds; ++i)
    asm volatile("1: lr.d t0, (%0)\naddi t0, t0, 1\n.rept %c1\nnop\n.endr\nsc.d t1, t0, (%0)\nbnez t1, 1b" ::"r"(&counter), "i"(kBetween)
                 : "t0", "t1", "memory");
}

template <unsigned kBetween>
static void check_loop() {
  checking("instructions", 4 + kBetween);
  counter = 0;
  on_all_harts(rt_hart_count(), work<kBetween>);
  CHECK_EQ(counter, kRounds * rt_hart_count());
}

int main() {
  check_loop<0>();
  check_loop<1>();
  check_loop<5>();
  check_loop<11>();
  check_loop<12>();
  return 0;
}
