// With C every even address is a fine target; bit 0 of a jalr's sum is dropped.
#include "lib/test.h"

int main() {
  alignas(8) static uint16_t code[8];
  code[1] = 0x4515;  // c.li a0, 5
  code[2] = 0x8082;  // c.jr ra
  fence_i();
  CHECK_EQ(call_with((uint64_t)&code[1], 0), 5);
  CHECK_EQ(call_with((uint64_t)&code[1] | 1, 0), 5);
  return 0;
}
