// Benchmark: the sieve of Eratosthenes over 64 MiB without any blocking: strides that miss every TLB.
#include "bench/lib/bench.h"

enum { kNumbers = 64 << 20 };

static uint8_t is_composite[kNumbers];

// Which of the numbers 2 i + 1 are prime, for i below `count`.
static BENCH_NOINLINE void sieve(uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) is_composite[i] = 0;
  for (uint64_t i = 1; 2 * i * (i + 1) < count; ++i) {
    if (is_composite[i]) continue;
    for (uint64_t j = 2 * i * (i + 1); j < count; j += 2 * i + 1) is_composite[j] = 1;
  }
}

uint64_t bench_run(unsigned percent) {
  uint64_t primes = 1, sum = 0;  // 2 is the one that is not odd
  const uint64_t count = bench_scaled(kNumbers, percent < 100 ? percent : 100);
  for (uint64_t round = (percent + 99) / 100; round; --round) {
    sieve(count);
    primes = 1;
    for (uint64_t i = 1; i < count; ++i)
      if (!is_composite[i]) {
        ++primes;
        sum = bench_mix(sum, i);
      }
  }
  if (percent == 100 && primes != 7603553) bench_fail("there are 7603553 primes below 128 Mi");
  return bench_mix(sum, primes);
}
