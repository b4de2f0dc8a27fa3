// Loads and stores of every size at every byte offset, over cache lines and pages, move exactly their bytes. (Zicclsm)
#include "lib/test.h"

alignas(4096) static uint8_t area[3 * 4096];

static uint8_t pattern(uint64_t at) { return (uint8_t)(at * 37 + (at >> 8) + 11); }

int main() {
  for (uint64_t base : {0ul, 56ul, 4096ul - 16, 8192ul - 16})
    for (uint64_t offset = 0; offset < 32; ++offset) {
      const uint64_t start = base + offset;
      for (uint64_t i = 0; i < sizeof area; ++i)
        if (i + 64 > base && i < base + 96) area[i] = pattern(i);
      uint64_t expected = 0;
      for (int i = 7; i >= 0; --i) expected = expected << 8 | pattern(start + (uint64_t)i);
      const auto at = (uint64_t)area + start;
      uint64_t v;
      asm volatile("ld %0, (%1)" : "=r"(v) : "r"(at) : "memory");
      CHECK_EQ(v, expected);
      asm volatile("lwu %0, (%1)" : "=r"(v) : "r"(at) : "memory");
      CHECK_EQ(v, (uint32_t)expected);
      asm volatile("lw %0, (%1)" : "=r"(v) : "r"(at) : "memory");
      CHECK_EQ(v, (int64_t)(int32_t)expected);
      asm volatile("lhu %0, (%1)" : "=r"(v) : "r"(at) : "memory");
      CHECK_EQ(v, (uint16_t)expected);
      asm volatile("lh %0, (%1)" : "=r"(v) : "r"(at) : "memory");
      CHECK_EQ(v, (int64_t)(int16_t)expected);
      for (const unsigned size : {1u, 2u, 4u, 8u}) {
        const uint64_t value = 0xf1e2d3c4b5a69788 ^ start;
        for (uint64_t i = 0; i < 24; ++i) area[start + i] = pattern(start + i);
        if (size == 1) asm volatile("sb %1, (%0)" ::"r"(at), "r"(value) : "memory");
        if (size == 2) asm volatile("sh %1, (%0)" ::"r"(at), "r"(value) : "memory");
        if (size == 4) asm volatile("sw %1, (%0)" ::"r"(at), "r"(value) : "memory");
        if (size == 8) asm volatile("sd %1, (%0)" ::"r"(at), "r"(value) : "memory");
        for (uint64_t i = 0; i < 16; ++i)
          CHECK_EQ(area[start + i], i < size ? (uint8_t)(value >> (8 * i)) : pattern(start + i));
        if (start > 0) CHECK_EQ(area[start - 1], pattern(start - 1));
      }
    }
  return 0;
}
