// What a benchmark needs around it, for a bare-metal guest and for a native program alike.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__riscv) && !defined(__linux__)

#include "lib/rt.h"

#define bench_printf rt_printf
static inline uint64_t bench_microseconds(void) { return *rt_mtime() / (RT_TIMEBASE_HZ / 1000000); }

#else

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// The subset of rt_printf: %s %c %d %u %x, numbers of 64 bits.
static inline void bench_printf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  for (; *format; ++format) {
    if (*format != '%') {
      putchar(*format);
      continue;
    }
    switch (*++format) {
      case 's': fputs(va_arg(args, const char*), stdout); break;
      case 'c': putchar(va_arg(args, int)); break;
      case 'd': printf("%lld", (long long)va_arg(args, int64_t)); break;
      case 'u': printf("%llu", (unsigned long long)va_arg(args, uint64_t)); break;
      case 'x': printf("%#llx", (unsigned long long)va_arg(args, uint64_t)); break;
      default: putchar(*format);
    }
  }
  va_end(args);
}

static inline uint64_t bench_microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

#endif

// The last lines of every benchmark. Returns main()'s status: 0 only when the result was right.
// Microseconds are machine time, which in a deterministic machine counts instructions.
static inline int bench_report(const char* name, uint64_t iterations, uint64_t microseconds, int is_right) {
  bench_printf("%s: %u iterations in %u us: %s\n", name, iterations, microseconds, is_right ? "right" : "WRONG");
  return is_right ? 0 : 1;
}
