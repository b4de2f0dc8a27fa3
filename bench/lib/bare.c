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

static uint32_t big_endian(const uint8_t* at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int is_bootargs(const char* name) {
  static const char bootargs[] = "bootargs";
  for (size_t i = 0; i < sizeof bootargs; ++i)
    if (name[i] != bootargs[i]) return 0;
  return 1;
}

// The text of /chosen's bootargs: the only property of that name. NULL without one.
static const char* bootargs(void) {
  enum { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4 };
  const uint8_t* tree = (const uint8_t*)rt_reset_arguments[0][1];
  if (tree == NULL || big_endian(tree) != 0xd00dfeed) return NULL;
  const char* names = (const char*)tree + big_endian(tree + 12);
  for (const uint8_t* at = tree + big_endian(tree + 8);;) {
    const uint32_t token = big_endian(at);
    at += 4;
    if (token == kBeginNode) {
      size_t length = 1;
      while (at[length - 1]) ++length;
      at += (length + 3) / 4 * 4;
    } else if (token == kProperty) {
      if (is_bootargs(names + big_endian(at + 4))) return (const char*)at + 8;
      at += 8 + (big_endian(at) + 3) / 4 * 4;
    } else if (token != kEndNode && token != kNop) {
      return NULL;
    }
  }
}

int main(void) {
  const uint64_t fs_initial = 1 << 13;  // floating point on
  __asm__ volatile("csrs mstatus, %0" : : "r"(fs_initial));
  unsigned percent = BENCH_PERCENT;
  const char* text = bootargs();
  if (text != NULL && *text >= '0' && *text <= '9')
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
