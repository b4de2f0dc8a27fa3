// SC fails when another hart has stored to the reserved bytes since the LR, also the same value again.
// guest: harts=2 real_time=no
// (In real time rvx looks at the value alone.)
#include "lib/reservation.h"

static uint64_t word;

static void store_same_value(unsigned) { *(volatile uint64_t*)&word = *(volatile uint64_t*)&word; }
static void lr_and_sc(unsigned) {
  asm volatile("1: lr.d t0, (%0)\nsc.d t1, t0, (%0)\nbnez t1, 1b" ::"r"(&word) : "t0", "t1", "memory");
}

int main() {
  check_sc_fails_after(word, {lr_and_sc, store_same_value});
  return 0;
}
