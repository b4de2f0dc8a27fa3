// What benchmark programs of the operating system share: calls that must succeed, children, a place for files.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/lib/bench.h"

// The result of a system call, which must not be -1.
static inline long bench_must(long result, const char* what) {
  if (result != -1) return result;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

// One byte through a pipe.
static inline void bench_send(int to, uint8_t byte) { bench_must(write(to, &byte, 1) == 1 ? 0 : -1, "write to a pipe"); }

static inline uint8_t bench_receive(int from) {
  uint8_t byte = 0;
  if (bench_must(read(from, &byte, 1), "read from a pipe") != 1) bench_fail("a pipe ended early");
  return byte;
}

// Waits for a child; returns its exit status.
static inline int bench_wait(pid_t child) {
  int status = 0;
  bench_must(waitpid(child, &status, 0), "waitpid");
  if (!WIFEXITED(status)) bench_fail("a child was killed");
  return WEXITSTATUS(status);
}

static inline uint8_t* bench_map(size_t bytes) {  // anonymous and private, in pages of the base size
  void* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) bench_must(-1, "mmap");
  madvise(memory, bytes, MADV_NOHUGEPAGE);  // fails where there are none: just as well
  return memory;
}
