// Benchmark: small mappings made, protected, split, moved, written through and removed.
#include "bench/lib/os.h"

enum { kPage = 4096, kPages = 64, kSlots = 64, kRounds = 30000 };

static uint8_t* slots[kSlots];

uint64_t bench_run(unsigned percent) {
  uint64_t random = 53, sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    const uint32_t r = bench_random(&random);
    uint8_t** slot = &slots[r % kSlots];
    if (*slot == NULL) {
      *slot = bench_map(kPages * kPage);
      for (int page = 0; page < kPages; page += 16) (*slot)[page * kPage] = (uint8_t)(r >> page / 8);
      continue;
    }
    const size_t page = r >> 8 & (kPages - 1);
    bench_must(mprotect(*slot + page * kPage, kPage, PROT_READ), "mprotect");  // splits the mapping
    sum = bench_mix(sum, (*slot)[page * kPage]);
    bench_must(mprotect(*slot + page * kPage, kPage, PROT_READ | PROT_WRITE), "mprotect");
    (*slot)[page * kPage] = (uint8_t)r;
    if (r >> 30 == 0) {
      for (int at = 0; at < kPages; at += 16) sum += (*slot)[at * kPage];
      bench_must(munmap(*slot, kPages * kPage), "munmap");
      *slot = NULL;
    }
  }
  for (int i = 0; i < kSlots; ++i)
    if (slots[i] != NULL) bench_must(munmap(slots[i], kPages * kPage), "munmap");
  return sum;
}
