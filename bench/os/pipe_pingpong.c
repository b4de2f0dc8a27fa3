// Benchmark: two processes that pass a byte to and fro through two pipes.
#include "bench/lib/os.h"

enum { kRounds = 60000 };

uint64_t bench_run(unsigned percent) {
  const uint64_t rounds = bench_scaled(kRounds, percent);
  int there[2], back[2];
  bench_must(pipe(there), "pipe");
  bench_must(pipe(back), "pipe");
  const pid_t child = (pid_t)bench_must(fork(), "fork");
  if (child == 0) {
    for (uint64_t i = 0; i < rounds; ++i) bench_send(back[1], (uint8_t)(bench_receive(there[0]) * 5 + 1));
    _exit(0);
  }
  uint64_t sum = 0;
  uint8_t byte = 1;
  for (uint64_t i = 0; i < rounds; ++i) {
    bench_send(there[1], byte);
    sum = bench_mix(sum, byte = bench_receive(back[0]));
  }
  if (bench_wait(child) != 0) bench_fail("the child's status");
  return sum;
}
