// What programs for Debian's guest use to measure: rvx's marks, and the kernel's counters by perf_event_open.
#pragma once

#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Event::kMark, kMeasureBegin and kMeasureEnd of firmware/lib/events.h, which is C++: `sltu x0, event, name`, with up to eight
// characters of the name in a register, the first in the lowest byte.
enum { kMark = 32, kMeasureBegin = 33, kMeasureEnd = 34 };

static inline uint64_t measure_name(const char* text) {
  uint64_t packed = 0;
  for (unsigned i = 0; i < 8 && text[i] != 0; ++i) packed |= (uint64_t)(uint8_t)text[i] << 8 * i;
  return packed;
}
static inline void measure(uint64_t event, uint64_t name) { asm volatile("sltu x0, %0, %1" ::"r"(event), "r"(name) : "memory"); }

_Noreturn static inline void measure_fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

// --- counters ------------------------------------------------------------------------------------

enum { kUser = 1, kKernel = 2 };  // the modes in which to count

// Events of hpm_events.inc that have no number in the SBI, by their own.
#define RAW_EVENT(code) PERF_TYPE_RAW, (code)
#define CACHE_EVENT(cache, operation, result) \
  PERF_TYPE_HW_CACHE, (PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##operation << 8 | PERF_COUNT_HW_CACHE_RESULT_##result << 16)
#define HARDWARE_EVENT(name) PERF_TYPE_HARDWARE, PERF_COUNT_HW_##name

// A counter of this process, or with `cpu` >= 0 of everything on that processor. `leader` is -1 or the group's first
// counter. It stands still until the group is enabled. -1: the machine does not count the event.
static inline int open_counter(uint32_t type, uint64_t config, unsigned modes, int cpu, int leader) {
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = type;
  attr.config = config;
  attr.disabled = leader < 0;
  attr.exclude_user = (modes & kUser) == 0;
  attr.exclude_kernel = (modes & kKernel) == 0;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_GROUP;
  return (int)syscall(SYS_perf_event_open, &attr, cpu < 0 ? 0 : -1, cpu, leader, 0);
}

// The values of the group's counters, in the order in which they were opened.
static inline void read_counters(int leader, uint64_t* values, unsigned count) {
  uint64_t buffer[32];
  const ssize_t got = read(leader, buffer, sizeof buffer);
  if (got != (ssize_t)((count + 1) * sizeof *buffer) || buffer[0] != count) measure_fail("reading the counters");
  memcpy(values, buffer + 1, count * sizeof *values);
}
