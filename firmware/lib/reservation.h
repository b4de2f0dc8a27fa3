// What tests of reservations share: LR, what another hart does then, and an SC that must fail.
#pragma once

#include "lib/test.h"

// Hart 1 does each of `works` again and again between an LR of `word` and an SC to it.
inline void check_sc_fails_after(uint64_t& word, std::initializer_list<void (*)(unsigned hart)> works) {
  CHECK(rt_hart_count() >= 2);
  uint64_t number = 0;
  for (void (*const work)(unsigned) : works) {
    checking("work", number++);
    for (int round = 0; round < 20; ++round) {
      word = 1000;
      uint64_t code;
      asm volatile("lr.d t0, (%0)" ::"r"(&word) : "t0", "memory");
      on_hart(1, work);
      const uint64_t left = *(volatile uint64_t*)&word;
      asm volatile("sc.d %0, %2, (%1)" : "=&r"(code) : "r"(&word), "r"(1ul) : "memory");
      CHECK(code != 0);
      CHECK_EQ(word, left);
    }
  }
}
