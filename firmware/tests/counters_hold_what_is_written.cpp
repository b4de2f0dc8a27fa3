// The instruction after a write of minstret or mcycle reads the value written; counting goes on from there, over all 64 bits.
#include "lib/test.h"

int main() {
  for (const uint64_t value : Values{0, 1, 0xffffffff, ~0ull - 2, 0x8000000000000000}) {
    checking("value", value);
    uint64_t first, second;
    asm volatile("csrw minstret, %2\ncsrr %0, minstret\nnop\nnop\ncsrr %1, minstret" : "=&r"(first), "=&r"(second) : "r"(value));
    CHECK_EQ(first, value);
    CHECK_EQ(second, value + 3);
    asm volatile("csrw mcycle, %2\ncsrr %0, mcycle\nnop\nnop\ncsrr %1, mcycle" : "=&r"(first), "=&r"(second) : "r"(value));
    CHECK(first - value < 100000);  // cycles may pass faster than instructions
    CHECK(second - first >= 1 && second - first < 1000000);
  }
  // Setting and clearing bits works on the current value.
  CSR_WRITE(minstret, 0);
  CSR_SET(minstret, 1ull << 40);
  CHECK_EQ(CSR_READ(minstret) >> 40, 1);
  CSR_CLEAR(minstret, 1ull << 40);
  CHECK_EQ(CSR_READ(minstret) >> 40, 0);
  return 0;
}
