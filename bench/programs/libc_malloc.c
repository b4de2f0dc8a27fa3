// Benchmark: the C library's malloc, realloc and free with blocks of many sizes. Linux only.
#include <stdlib.h>

#include "bench/lib/bench.h"

enum { kLive = 20000, kRounds = 16000000 };

static uint64_t* live[kLive];
static size_t words[kLive];

static uint64_t* checked(uint64_t* memory) {
  if (memory == NULL) bench_fail("there is enough memory");
  return memory;
}

uint64_t bench_run(unsigned percent) {
  uint64_t random = 43, sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    const uint32_t r = bench_random(&random), slot = r % kLive;
    const size_t size = 2 + (r >> 20 & 7) * (r >> 23 == 0 ? 1024 : r >> 28 & 7);
    if (live[slot] == NULL) {
      live[slot] = checked(malloc(8 * size));
    } else if (r >> 16 & 3) {
      sum += live[slot][0] + live[slot][words[slot] - 1];
      free(live[slot]);
      live[slot] = NULL;
      continue;
    } else {
      live[slot] = checked(realloc(live[slot], 8 * size));
    }
    words[slot] = size;
    live[slot][0] = round;
    live[slot][size - 1] = r;
  }
  for (int i = 0; i < kLive; ++i) free(live[i]);
  return bench_mix(0, sum);
}
