// The upper half of a 32-bit instruction can be a 16-bit one: a jump there runs it, whichever of the two was run before.
#include "lib/test.h"

int main() {
  alignas(64) static uint16_t code[8];
  volatile uint16_t* at = code;
  // lui a0, 0x45150: its upper half is 0x4515, c.li a0, 5. Then c.addi a0, 1; c.jr ra.
  at[0] = 0x0537;
  at[1] = 0x4515;
  at[2] = 0x0505;
  at[3] = 0x8082;
  fence_i();
  for (int round = 0; round < 50; ++round) {
    CHECK_EQ(call_with((uint64_t)&code[0], 0), 0x45150001);
    CHECK_EQ(call_with((uint64_t)&code[1], 0), 6);
  }
  // The overlapping halves patched: c.li a0, 7, and with that lui a0, 0x451d0 ... of other bits.
  at[1] = 0x451d;
  fence_i();
  CHECK_EQ(call_with((uint64_t)&code[1], 0), 8);
  CHECK_EQ(call_with((uint64_t)&code[0], 0), 0x451d0001);
  return 0;
}
