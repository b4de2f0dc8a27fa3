// Benchmark: the C library's string functions: memcpy, memset, memcmp, strlen, strcmp, strchr, strstr. Linux only.
#include <string.h>

#include "bench/lib/bench.h"

enum { kBytes = 64 * 1024, kRounds = 200000, kWords = 512, kWordBytes = 64 };

static char from[kBytes], to[kBytes], words[kWords][kWordBytes];

// Keeps the compiler from computing calls or leaving them away.
#define USED(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

uint64_t bench_run(unsigned percent) {
  uint64_t random = 41, sum = 0;
  for (size_t i = 0; i < kBytes; ++i) from[i] = (char)('a' + bench_random(&random) % 26);
  for (int i = 0; i < kWords; ++i) {
    const uint32_t length = 8 + bench_random(&random) % (kWordBytes - 9);
    memcpy(words[i], from + 64, 7);  // the first letters are alike
    memcpy(words[i] + 7, from + bench_random(&random) % (kBytes - kWordBytes), length - 7);
  }
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    char *a = from, *b = to;
    const size_t bytes = kBytes >> round % 8, at = round * 13 % 64;
    memset(b, (int)('A' + round % 26), bytes);
    USED(b);
    memcpy(b + at % 8, a + at, bytes - 64);
    USED(b);
    if (memcmp(b + at % 8, a + at, bytes - 64) != 0) bench_fail("a copy is equal");
    b[bytes - 1] = 0;
    USED(b);
    sum += strlen(b) + (uint64_t)(strchr(b, '!') == NULL);
    const char* one = words[round % kWords];
    for (int i = 0; i < 64; ++i) {
      const char* other = words[(round * 3 + (uint64_t)i) % kWords];
      USED(other);
      sum = sum * 3 + (strcmp(one, other) > 0) + strlen(other);
    }
    if (round % 64 == 0) sum += strstr(b, one) == NULL;
  }
  return bench_mix(0, sum);
}
