// Benchmark: the ChaCha20 stream cipher: 32-bit additions, rotations and exclusive ors, nothing else.
#include "bench/lib/bench.h"

enum { kWords = 16, kDoubleRounds = 10, kBlocks = 5000000 };

static uint32_t rotate(uint32_t value, int by) { return value << by | value >> (32 - by); }

#define QUARTER(a, b, c, d)          \
  a += b, d = rotate(d ^ a, 16);     \
  c += d, b = rotate(b ^ c, 12);     \
  a += b, d = rotate(d ^ a, 8);      \
  c += d, b = rotate(b ^ c, 7)

static BENCH_NOINLINE void chacha_block(const uint32_t in[kWords], uint32_t out[kWords]) {
  uint32_t x[kWords];
  for (int i = 0; i < kWords; ++i) x[i] = in[i];
  for (int round = 0; round < kDoubleRounds; ++round) {
    QUARTER(x[0], x[4], x[8], x[12]);
    QUARTER(x[1], x[5], x[9], x[13]);
    QUARTER(x[2], x[6], x[10], x[14]);
    QUARTER(x[3], x[7], x[11], x[15]);
    QUARTER(x[0], x[5], x[10], x[15]);
    QUARTER(x[1], x[6], x[11], x[12]);
    QUARTER(x[2], x[7], x[8], x[13]);
    QUARTER(x[3], x[4], x[9], x[14]);
  }
  for (int i = 0; i < kWords; ++i) out[i] = x[i] + in[i];
}

uint64_t bench_run(unsigned percent) {
  // The example of RFC 8439, "Test Vector for the ChaCha20 Block Function".
  uint32_t state[kWords] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
                            0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c, 1,          0x09000000, 0x4a000000, 0};
  uint32_t out[kWords];
  chacha_block(state, out);
  if (out[0] != 0xe4e7f110 || out[15] != 0x4e3c50a2) bench_fail("the example of RFC 8439");

  uint64_t sum = 0;
  const uint64_t blocks = bench_scaled(kBlocks, percent);
  for (uint64_t block = 0; block < blocks; ++block) {
    state[12] = (uint32_t)block;
    chacha_block(state, out);
    for (int i = 0; i < kWords; i += 2) sum += (uint64_t)out[i] << 32 | out[i + 1];
  }
  return sum;
}
