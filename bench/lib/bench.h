// What a benchmark program needs around it, on Linux and on the bare machine alike.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define BENCH_NOINLINE __attribute__((noinline))

// The program: does `percent` hundredths of its usual work and returns a checksum of all results.
// The checksum depends on nothing but `percent`.
uint64_t bench_run(unsigned percent);

// Ends the program with status 1 and one line: a result is wrong.
_Noreturn void bench_fail(const char* what);

// `count` rounds of work, scaled; at least one.
static inline uint64_t bench_scaled(uint64_t count, unsigned percent) {
  const uint64_t scaled = count * percent / 100;
  return scaled == 0 ? 1 : scaled;
}

// Pseudo-random numbers: a linear congruential generator's upper half.
static inline uint32_t bench_random(uint64_t* state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 32);
}

// `sum` with one more value in it.
static inline uint64_t bench_mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
  return sum ^ sum >> 32;
}

// The same, of a double's bits.
static inline uint64_t bench_mix_double(uint64_t sum, double value) {
  union {
    double number;
    uint64_t bits;
  } as = {value};
  return bench_mix(sum, as.bits);
}
