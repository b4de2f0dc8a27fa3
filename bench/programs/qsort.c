// Benchmark: quicksort with a comparison callback, as qsort(3): indirect calls, branches that nobody can predict.
#include "bench/lib/bench.h"

enum { kRecords = 400000, kRounds = 12, kSmall = 12 };

struct Record {
  uint32_t key, order;
  double weight;
};

typedef int (*Compare)(const void*, const void*);

static void swap(uint64_t* a, uint64_t* b, size_t words) {
  for (; words; --words, ++a, ++b) {
    const uint64_t kept = *a;
    *a = *b;
    *b = kept;
  }
}

// Sorts `count` elements of `words` 8-byte words each. Not told inline which callback it has.
static BENCH_NOINLINE void sort(uint64_t* base, size_t count, size_t words, Compare compare) {
  while (count > kSmall) {
    uint64_t *low = base, *high = base + (count - 1) * words, *middle = base + count / 2 * words;
    // The median of three becomes the pivot, kept at `base`.
    if (compare(middle, low) < 0) swap(middle, low, words);
    if (compare(high, middle) < 0) swap(high, middle, words);
    if (compare(middle, low) < 0) swap(middle, low, words);
    swap(base, middle, words);
    for (;;) {
      do low += words;
      while (low < high && compare(low, base) < 0);
      while (compare(base, high) < 0) high -= words;
      if (low >= high) break;
      swap(low, high, words);
      high -= words;
    }
    swap(base, high, words);
    // The smaller part by recursion, so that the stack stays small.
    const size_t left = (size_t)(high - base) / words, right = count - left - 1;
    if (left < right) {
      sort(base, left, words, compare);
      base = high + words;
      count = right;
    } else {
      sort(high + words, right, words, compare);
      count = left;
    }
  }
  for (size_t i = 1; i < count; ++i)
    for (uint64_t* at = base + i * words; at > base && compare(at, at - words) < 0; at -= words) swap(at, at - words, words);
}

static int by_key(const void* a, const void* b) {
  const struct Record *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static int by_weight(const void* a, const void* b) {
  const struct Record *x = a, *y = b;
  return x->weight < y->weight ? -1 : x->weight > y->weight ? 1 : by_key(a, b);
}

static struct Record records[kRecords];
static Compare volatile orders[2] = {by_key, by_weight};

uint64_t bench_run(unsigned percent) {
  uint64_t random = 7, sum = 0;
  const uint64_t count = bench_scaled(kRecords, percent < 100 ? percent : 100);
  const uint64_t rounds = percent < 100 ? kRounds : bench_scaled(kRounds, percent);
  for (uint64_t round = 0; round < rounds; ++round) {
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t key = bench_random(&random);
      records[i] = (struct Record){key % 50000, (uint32_t)i, (double)(key >> 12) * 0.25};
    }
    const Compare order = orders[round % 2];
    sort((uint64_t*)records, count, sizeof(struct Record) / 8, order);
    for (uint64_t i = 0; i < count; ++i) {
      if (i > 0 && order(&records[i - 1], &records[i]) > 0) bench_fail("records are not in order");
      sum = bench_mix(sum, (uint64_t)records[i].key << 32 | records[i].order);
    }
  }
  return sum;
}
