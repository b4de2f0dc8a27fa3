// SC fails when another hart has stored another value to the reserved bytes since the LR.
// guest: harts=2
#include "lib/reservation.h"

static uint64_t word;

static void store_other_value(unsigned) { *(volatile uint64_t*)&word = 99; }
static void store_one_byte(unsigned) { ((volatile uint8_t*)&word)[3] = 0x55; }
static void add_atomically(unsigned) { __atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST); }
static void lr_and_sc(unsigned) {
  asm volatile("1: lr.d t0, (%0)\naddi t0, t0, 1\nsc.d t1, t0, (%0)\nbnez t1, 1b" ::"r"(&word) : "t0", "t1", "memory");
}

int main() {
  check_sc_fails_after(word, {store_other_value, store_one_byte, add_atomically, lr_and_sc});
  return 0;
}
