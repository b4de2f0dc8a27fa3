// Benchmark: recursion that is nothing but calls: Fibonacci's, Takeuchi's and Ackermann's functions, the towers of Hanoi.
// Compiled without inlining and without jumps in place of calls, which would leave little of it.
#include "bench/lib/bench.h"

enum { kRounds = 160 };

static uint64_t fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static int tak(int x, int y, int z) {
  return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static unsigned ackermann(unsigned m, unsigned n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static uint64_t moves[3];

static void hanoi(unsigned discs, int from, int to) {
  if (discs == 0) return;
  hanoi(discs - 1, from, 3 - from - to);
  ++moves[to];
  hanoi(discs - 1, 3 - from - to, to);
}

uint64_t bench_run(unsigned percent) {
  uint64_t sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    const uint64_t f = fib(29), a = ackermann(2, 200);
    const int t = tak(18, 12, 6);
    hanoi(18, 0, 2);
    if (f != 514229 || t != 7 || a != 403) bench_fail("a value of fib, tak or ackermann");
    sum = bench_mix(bench_mix(sum, f + a), (uint64_t)t + moves[1] + 3 * moves[2]);
  }
  return sum;
}
