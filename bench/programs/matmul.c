// Benchmark: products of matrices in double precision, by three plain loops in two orders.
#include "bench/lib/bench.h"

enum { kSize = 240, kRounds = 32 };

static double a[kSize][kSize], b[kSize][kSize], product[kSize][kSize];

// A row times a column: each load of b is kSize doubles from the last.
static BENCH_NOINLINE void by_columns(void) {
  for (int i = 0; i < kSize; ++i)
    for (int j = 0; j < kSize; ++j) {
      double sum = 0;
      for (int k = 0; k < kSize; ++k) sum += a[i][k] * b[k][j];
      product[i][j] = sum;
    }
}

// The same sums in the same order, row by row: a store for each product.
static BENCH_NOINLINE void by_rows(void) {
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) product[i][j] = 0;
    for (int k = 0; k < kSize; ++k)
      for (int j = 0; j < kSize; ++j) product[i][j] += a[i][k] * b[k][j];
  }
}

static uint64_t checksum(void) {
  uint64_t sum = 0;
  for (int i = 0; i < kSize; ++i)
    for (int j = 0; j < kSize; ++j) sum = bench_mix_double(sum, product[i][j]);
  return sum;
}

uint64_t bench_run(unsigned percent) {
  uint64_t random = 3, sum = 0;
  for (int i = 0; i < kSize; ++i)
    for (int j = 0; j < kSize; ++j) {
      a[i][j] = (double)bench_random(&random) / 4294967296.0 - 0.5;
      b[i][j] = (double)bench_random(&random) / 65536.0;
    }
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    by_columns();
    const uint64_t first = checksum();
    by_rows();
    if (checksum() != first) bench_fail("two orders of the same sums");
    sum = bench_mix(sum, first);
    a[round % kSize][round * 7 % kSize] += 1;
  }
  return sum;
}
