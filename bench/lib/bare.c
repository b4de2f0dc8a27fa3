// main() of benchmark programs on the bare machine: the percentage is the device tree's bootargs.
#include "bench/lib/bench.h"
#include "lib/rt.h"

#ifndef BENCH_PERCENT
#define BENCH_PERCENT 100
#endif

_Noreturn void bench_fail(const char* what) {
  rt_printf("wrong: %s\n", what);
  rt_exit(1);
}

int main(void) {
  const uint64_t fs_initial = 1 << 13;  // floating point on
  __asm__ volatile("csrs mstatus, %0" : : "r"(fs_initial));
  unsigned percent = BENCH_PERCENT;
  const char* text = rt_boot_arguments();
  if (*text >= '0' && *text <= '9')
    for (percent = 0; *text >= '0' && *text <= '9'; ++text) percent = percent * 10 + (unsigned)(*text - '0');
  const uint64_t sum = bench_run(percent);
  // As printf's %llx on Linux: no leading 0x.
  int shift = 60;
  while (shift > 0 && !(sum >> shift)) shift -= 4;
  rt_puts("checksum ");
  for (; shift >= 0; shift -= 4) rt_putc("0123456789abcdef"[sum >> shift & 15]);
  rt_putc('\n');
  return 0;
}
