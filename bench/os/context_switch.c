// Benchmark: eight processes in a ring hand a token on, each over its own 16 KiB of memory.
#include "bench/lib/os.h"

enum { kProcesses = 8, kWords = 2048, kRounds = 8000 };

static uint64_t memory[kWords];

static uint8_t touch(uint8_t token) {
  uint64_t sum = token;
  for (int i = 0; i < kWords; ++i) sum += memory[i] += sum + (uint64_t)i;
  return (uint8_t)(sum ^ sum >> 8);
}

uint64_t bench_run(unsigned percent) {
  const uint64_t rounds = bench_scaled(kRounds, percent);
  int pipes[kProcesses][2];
  pid_t children[kProcesses];
  for (int i = 0; i < kProcesses; ++i) bench_must(pipe(pipes[i]), "pipe");
  for (int i = 1; i < kProcesses; ++i) {
    children[i] = (pid_t)bench_must(fork(), "fork");
    if (children[i] != 0) continue;
    for (uint64_t round = 0; round < rounds; ++round) bench_send(pipes[(i + 1) % kProcesses][1], touch(bench_receive(pipes[i][0])));
    _exit(0);
  }
  uint64_t sum = 0;
  uint8_t token = 1;
  for (uint64_t round = 0; round < rounds; ++round) {
    bench_send(pipes[1][1], touch(token));
    sum = bench_mix(sum, token = bench_receive(pipes[0][0]));
  }
  for (int i = 1; i < kProcesses; ++i)
    if (bench_wait(children[i]) != 0) bench_fail("a child's status");
  return sum;
}
