// Benchmark: processes made, replaced by another program and waited for, one after the other.
#include "bench/lib/os.h"

enum { kProcesses = 1000 };

extern char** environ;

uint64_t bench_run(unsigned percent) {
  if (percent == 0) exit(7);  // this is the child
  uint64_t sum = 0;
  for (uint64_t i = bench_scaled(kProcesses, percent); i; --i) {
    const pid_t child = (pid_t)bench_must(fork(), "fork");
    if (child == 0) {
      char* const arguments[] = {"fork-exec", "0", NULL};
      execve("/proc/self/exe", arguments, environ);
      _exit(127);
    }
    const int status = bench_wait(child);
    if (status != 7) bench_fail("a child's status");
    sum = bench_mix(sum, (uint64_t)status + i);
  }
  return sum;
}
