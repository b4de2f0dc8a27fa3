// Benchmark: first writes to fresh anonymous memory, page by page, and reads of pages that a fork made copy-on-write.
#include "bench/lib/os.h"

enum { kBytes = 32 << 20, kPage = 4096, kRounds = 16, kForks = 40, kSharedPages = 1024 };

static uint64_t fresh_pages(void) {
  uint64_t sum = 0;
  uint8_t* memory = bench_map(kBytes);
  for (size_t at = 0; at < kBytes; at += kPage) memory[at] = (uint8_t)(at / kPage * 7);
  for (size_t at = 0; at < kBytes; at += kPage) sum += memory[at] + memory[at + kPage - 1];
  bench_must(munmap(memory, kBytes), "munmap");
  return sum;
}

// A child writes to pages that it shares with its parent; the parent must not see it.
static uint64_t copied_pages(uint8_t* memory, uint64_t round) {
  const pid_t child = (pid_t)bench_must(fork(), "fork");
  if (child == 0) {
    uint8_t sum = 0;
    for (size_t page = 0; page < kSharedPages; ++page) sum += memory[page * kPage] += (uint8_t)round;
    _exit(sum & 127);
  }
  uint64_t sum = (uint64_t)bench_wait(child);
  for (size_t page = 0; page < kSharedPages; ++page)
    if (memory[page * kPage] != (uint8_t)page) bench_fail("a child's write is seen by its parent");
  return sum;
}

uint64_t bench_run(unsigned percent) {
  uint64_t sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) sum = bench_mix(sum, fresh_pages());
  uint8_t* shared = bench_map(kSharedPages * kPage);
  for (size_t page = 0; page < kSharedPages; ++page) shared[page * kPage] = (uint8_t)page;
  for (uint64_t round = bench_scaled(kForks, percent); round; --round) sum = bench_mix(sum, copied_pages(shared, round));
  return sum;
}
