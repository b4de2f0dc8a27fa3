// What auipc gives and a number of more than 32 bits, added up, are stored and taken by AMOs as they are, whichever register and page they are stored by; accesses beside them stay right.
#include "lib/test.h"

#define STORE_SUM(base)                                                                 \
  asm volatile(                                                                         \
      "mv " base ", %1\n"                                                               \
      "1: auipc t0, 0\n"                                                                \
      "mv %0, t0\n"                                                                     \
      "li t1, 0x123456789abcdef0\n"                                                     \
      "add t2, t0, t1\n"                                                                \
      "sd t2, 0(" base ")\n"                                                            \
      "li t1, -1\nslli t1, t1, 32\n"                                                    \
      "add t3, t1, t0\n"                                                                \
      "sd t3, 8(" base ")\n"                                                            \
      "sw t2, 16(" base ")\n"                                                           \
      "sh t2, 20(" base ")\n"                                                           \
      "sb t2, 22(" base ")\n"                                                           \
      "sd t0, 24(" base ")\n"                                                           \
      "sd zero, 32(" base ")\n"                                                         \
      "addi t4, " base ", 32\n"                                                         \
      "amoadd.d t5, t2, (t4)\n"                                                         \
      "ld t6, 8(" base ")\n"                                                            \
      "sd t6, 40(" base ")\n"                                                           \
      "amoswap.d t5, t3, (t4)\n"                                                        \
      "ld t6, 0(" base ")\n"                                                            \
      "sd t6, 48(" base ")\n"                                                           \
      "sd t5, 56(" base ")\n"                                                           \
      : "=&r"(at) : "r"(to) : "t0", "t1", "t2", "t3", "t4", "t5", "t6", base, "memory")

static void check(uint64_t to, uint64_t at) {
  const auto* const is = (volatile uint64_t*)to;
  const uint64_t sum = at + 0x123456789abcdef0;
  CHECK_EQ(is[0], sum);
  CHECK_EQ(is[1], at - (1ull << 32));
  CHECK_EQ(is[2], (sum & 0xffffffff) | (sum & 0xffff) << 32 | (sum & 0xff) << 48);
  CHECK_EQ(is[3], at);
  CHECK_EQ(is[4], is[1]);
  CHECK_EQ(is[5], is[1]);
  CHECK_EQ(is[6], sum);
  CHECK_EQ(is[7], sum);
}

static __attribute__((noinline)) uint64_t store_by_a0(uint64_t to) { uint64_t at; STORE_SUM("a0"); return at; }
static __attribute__((noinline)) uint64_t store_by_a6(uint64_t to) { uint64_t at; STORE_SUM("a6"); return at; }
static __attribute__((noinline)) uint64_t store_by_s9(uint64_t to) { uint64_t at; STORE_SUM("s9"); return at; }

int main() {
  // One place, then many pages, each of them for the first time.
  for (unsigned i = 0; i < 200; ++i)
    for (const auto store : {store_by_a0, store_by_a6, store_by_s9}) {
      const uint64_t to = 0x80400000 + (i < 50 ? 0 : i * 0x10000);
      checking("to", to);
      check(to, store(to));
    }
  return 0;
}
