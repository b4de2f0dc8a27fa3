// Stores to the page of running code that do not touch its instructions change data and nothing else, without FENCE.I.
#include "lib/test.h"

int main() {
  alignas(4096) static uint32_t page[1024];
  volatile uint32_t* at = page;
  // A function that increments the word at the end of its own page and returns it.
  at[0] = 0x00001297;  // auipc t0, 1
  at[1] = 0xffc2a503;  // lw a0, -4(t0)
  at[2] = 0x00150513;  // addi a0, a0, 1
  at[3] = 0xfea2ae23;  // sw a0, -4(t0)
  at[4] = kRet;
  fence_i();
  for (uint64_t i = 1; i < 2000; ++i) CHECK_EQ(call_with((uint64_t)page, 0), i);
  CHECK_EQ(at[1023], 1999);
  for (unsigned i = 5; i < 1023; ++i) CHECK_EQ(at[i], 0);
  return 0;
}
