// What auipc gives takes part in every computation: in comparisons that choose, long products, shifted masks, also with itself.
#include "lib/test.h"

int main() {
  for (uint64_t round = 0; round < 8; ++round) {
    const uint64_t x = round * 0x2468acf13579bde1;
    uint64_t at, self, larger, smaller, product, both, cleared, masked;
    asm volatile(
        "1: auipc t0, 0\n"
        "mv %0, t0\n"
        WITH("zbb", "max %1, t0, t0") WITH("zbb", "max %2, %8, t0") WITH("zbb", "minu %3, t0, %8")
        "mulhsu %4, %8, t0\n"
        "mulhsu %5, t0, t0\n"
        WITH("zbs", "bclr %6, %8, t0")
        WITH("zbb", "rol %7, t0, %8")
        : "=&r"(at), "=&r"(self), "=&r"(larger), "=&r"(smaller), "=&r"(product), "=&r"(both), "=&r"(cleared), "=&r"(masked)
        : "r"(x)
        : "t0");
    CHECK_EQ(self, at);
    CHECK_EQ(larger, (int64_t)x > (int64_t)at ? x : at);
    CHECK_EQ(smaller, x < at ? x : at);
    CHECK_EQ(product, (uint64_t)((__int128)(int64_t)x * (unsigned __int128)at >> 64));
    CHECK_EQ(both, (uint64_t)((unsigned __int128)at * at >> 64) - ((int64_t)at < 0 ? at : 0));
    CHECK_EQ(cleared, x & ~(1ull << (at & 63)));
    CHECK_EQ(masked, (x & 63) == 0 ? at : at << (x & 63) | at >> (64 - (x & 63)));
  }
  return 0;
}
