// SC fails when another hart has stored to the reserved bytes since the LR, also the same value again.
// guest: harts=2 real_time=no
// (In real time rvx looks at the value alone.)
#include "lib/test.h"

static uint64_t word;

static void store_same_value(unsigned) { *(volatile uint64_t*)&word = *(volatile uint64_t*)&word; }
static void lr_and_sc(unsigned) {
  asm volatile("1: lr.d t0, (%0)\nsc.d t1, t0, (%0)\nbnez t1, 1b" ::"r"(&word) : "t0", "t1", "memory");
}

int main() {
  CHECK(rt_hart_count() >= 2);
  void (*const works[])(unsigned) = {lr_and_sc, store_same_value};
  for (unsigned i = 0; i < sizeof works / sizeof *works; ++i)
    for (int round = 0; round < 20; ++round) {
      checking("work", i);
      word = 1000;
      uint64_t code;
      asm volatile("lr.d t0, (%0)" ::"r"(&word) : "t0", "memory");
      on_hart(1, works[i]);
      const uint64_t left = *(volatile uint64_t*)&word;
      asm volatile("sc.d %0, %2, (%1)" : "=&r"(code) : "r"(&word), "r"(1ul) : "memory");
      CHECK(code != 0);
      CHECK_EQ(word, left);
    }
  return 0;
}
