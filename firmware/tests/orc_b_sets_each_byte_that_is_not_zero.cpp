// ORC.B makes each byte zero or all ones by itself, with any registers, also where the result takes the operand's place.
#include "lib/test.h"

static uint64_t by_bytes(uint64_t value) {
  uint64_t result = 0;
  for (unsigned n = 0; n < 64; n += 8)
    if ((value >> n & 255) != 0) result |= 255ull << n;
  return result;
}

int main() {
  uint64_t value = 0x8000010000100001;
  for (unsigned i = 0; i < 500; ++i) {
    // Each byte of every fourth value is zero or has one bit.
    value = value * 6364136223846793005 + 1442695040888963407;
    const uint64_t operand = i % 4 == 0 ? value & value >> 13 & value << 7 & 0x8040201008040201 : i % 4 == 1 ? value & 0xff00ff000000ffff : value >> i % 64;
    uint64_t other, same = operand;
    asm volatile(WITH("zbb", "orc.b %0, %1") : "=r"(other) : "r"(operand));
    asm volatile(WITH("zbb", "orc.b %0, %0") : "+r"(same));
    CHECK_EQ(other, by_bytes(operand));
    CHECK_EQ(same, by_bytes(operand));
  }
  for (const uint64_t v : Values{0, 1, ~0ull, 0x0100000000000000, 0x80}) {
    uint64_t result;
    asm volatile(WITH("zbb", "orc.b %0, %1") : "=r"(result) : "r"(v));
    CHECK_EQ(result, by_bytes(v));
  }
  return 0;
}
