// Benchmark: atomic operations of one thread: additions, exchanges, compare-and-swap loops, a lock, a stack without locks.
#include "bench/lib/bench.h"

enum { kCounters = 64, kNodes = 64, kRounds = 7000000 };

static uint64_t counters[kCounters];
static uint32_t small_counters[kCounters];
static uint32_t lock;

// The highest value that was seen; a loop of load-reserved and store-conditional on RISC-V.
static uint64_t highest;

static BENCH_NOINLINE void raise_highest(uint64_t to) {
  uint64_t seen = __atomic_load_n(&highest, __ATOMIC_RELAXED);
  while (seen < to && !__atomic_compare_exchange_n(&highest, &seen, to, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {}
}

static BENCH_NOINLINE void add_locked(uint64_t* counter, uint64_t by) {
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {}
  *counter += by;
  __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

struct Node {
  struct Node* next;
  uint64_t value;
};

static struct Node nodes[kNodes], *stack;

static BENCH_NOINLINE void push(struct Node* node) {
  node->next = __atomic_load_n(&stack, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&stack, &node->next, node, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
}

static BENCH_NOINLINE struct Node* pop(void) {
  struct Node* node = __atomic_load_n(&stack, __ATOMIC_ACQUIRE);
  while (node && !__atomic_compare_exchange_n(&stack, &node, node->next, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {}
  return node;
}

uint64_t bench_run(unsigned percent) {
  const uint64_t rounds = bench_scaled(kRounds, percent);
  uint64_t random = 23, sum = 0, added = 0;
  for (int i = 0; i < kNodes; ++i) push(&nodes[i]);
  for (uint64_t round = 0; round < rounds; ++round) {
    const uint32_t r = bench_random(&random);
    uint64_t* counter = &counters[r % kCounters];
    sum += __atomic_fetch_add(counter, r >> 8, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&small_counters[r % kCounters], 1, __ATOMIC_RELAXED);
    sum ^= __atomic_fetch_or(&small_counters[(r >> 8) % kCounters], r & 1u << 31, __ATOMIC_ACQ_REL);
    sum += __atomic_exchange_n(&counters[(r >> 16) % kCounters], sum, __ATOMIC_ACQ_REL);
    raise_highest(sum >> 1);
    add_locked(counter, round);
    added += r & 15;
    struct Node *a = pop(), *b = pop();
    a->value += r & 15;
    push(a);
    push(b);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  }
  for (struct Node* node; (node = pop()) != NULL;) added -= node->value;
  if (added != 0) bench_fail("the values of the stack's nodes");
  for (int i = 0; i < kCounters; ++i) sum = bench_mix(bench_mix(sum, counters[i]), small_counters[i]);
  return bench_mix(sum, highest);
}
