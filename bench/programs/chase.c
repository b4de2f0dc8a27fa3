// Benchmark: a chain of loads in random order through CHASE_KIB of memory, one node in each 64 bytes.
#include "bench/lib/bench.h"

// The build sets the size, and how many million loads make a run of it.
#ifndef CHASE_KIB
#define CHASE_KIB 4096
#define CHASE_MILLIONS 50
#endif

enum { kNodes = CHASE_KIB * 1024 / 64 };

struct Node {
  struct Node* next;
  uint64_t visits[7];
};

static struct Node nodes[kNodes] __attribute__((aligned(4096)));
static uint32_t order[kNodes];

// One cycle through all nodes, in an order that no prefetcher foresees.
static void make_cycle(void) {
  uint64_t random = 99;
  for (uint32_t i = 0; i < kNodes; ++i) order[i] = i;
  for (uint32_t i = kNodes - 1; i > 0; --i) {
    const uint32_t j = bench_random(&random) % i, kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  for (uint32_t i = 0; i < kNodes; ++i) nodes[i].next = &nodes[order[i]];
}

uint64_t bench_run(unsigned percent) {
  make_cycle();
  const struct Node* at = nodes;
  for (uint64_t loads = bench_scaled(CHASE_MILLIONS * 1000000u, percent); loads; --loads) at = at->next;
  const uint64_t here = (uint64_t)(at - nodes);
  for (uint32_t i = 1; i < kNodes; ++i) at = at->next;
  if (at->next != &nodes[here]) bench_fail("the cycle visits every node once");
  return bench_mix(kNodes, here);
}
