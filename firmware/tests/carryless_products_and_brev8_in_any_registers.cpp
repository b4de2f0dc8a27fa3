// CLMUL, CLMULH and CLMULR give the three words of the product without carries, BREV8 turns each byte round; with any registers, also where the result takes an operand's place.
#include "lib/test.h"

struct Product {
  uint64_t low, high;
};
static Product product(uint64_t a, uint64_t b) {
  Product p = {0, 0};
  for (unsigned n = 0; n < 64; ++n) {
    if ((b >> n & 1) == 0) continue;
    p.low ^= a << n;
    if (n != 0) p.high ^= a >> (64 - n);
  }
  return p;
}
static uint64_t reversed(uint64_t v) {
  uint64_t result = 0;
  for (unsigned n = 0; n < 64; ++n) result |= (v >> n & 1) << ((n & ~7u) + 7 - n % 8);
  return result;
}

#define ROW(extension, instruction, ...) asm volatile(WITH(extension, instruction) __VA_ARGS__)

static void check(uint64_t a, uint64_t b) {
  const Product p = product(a, b);
  const uint64_t middle = p.high << 1 | p.low >> 63;
  uint64_t v;
  ROW("zbc", "clmul %0, %1, %2", : "=&r"(v) : "r"(a), "r"(b));
  CHECK_EQ(v, p.low);
  ROW("zbc", "clmulh %0, %1, %2", : "=&r"(v) : "r"(a), "r"(b));
  CHECK_EQ(v, p.high);
  ROW("zbc", "clmulr %0, %1, %2", : "=&r"(v) : "r"(a), "r"(b));
  CHECK_EQ(v, middle);
  v = a;
  ROW("zbc", "clmul %0, %0, %1", : "+&r"(v) : "r"(b));
  CHECK_EQ(v, p.low);
  v = b;
  ROW("zbc", "clmulr %0, %1, %0", : "+&r"(v) : "r"(a));
  CHECK_EQ(v, middle);
  // Registers that engines treat apart from others, and some that few programs use.
  register uint64_t a0 asm("a0") = a;
  register uint64_t s11 asm("s11") = b;
  register uint64_t t6 asm("t6");
  ROW("zbc", "clmulh t6, a0, s11", : "=&r"(t6) : "r"(a0), "r"(s11));
  CHECK_EQ(t6, p.high);
  ROW("zbc", "clmulr t6, s11, zero", : "=r"(v), "=&r"(t6) : "r"(s11));
  CHECK_EQ(t6, 0);

  ROW("zbkb", "brev8 %0, %1", : "=r"(v) : "r"(a));
  CHECK_EQ(v, reversed(a));
  ROW("zbkb", "brev8 %0, %0", : "+r"(v));
  CHECK_EQ(v, a);
}

int main() {
  uint64_t x = 1;
  for (unsigned i = 0; i < 300; ++i) {
    x = x * 6364136223846793005 + 1442695040888963407;
    check(x, x >> 29 | x << 35);
    check(1ull << i % 64, x);
  }
  for (const uint64_t a : Values{0, 1, ~0ull, 1ull << 63})
    for (const uint64_t b : Values{0, 1, ~0ull, 1ull << 63}) check(a, b);
  return 0;
}
