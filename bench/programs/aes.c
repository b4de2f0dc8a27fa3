// Benchmark: AES-128 by tables, in counter mode: dependent table look-ups, byte extraction, logic.
#include "bench/lib/bench.h"

enum { kRounds = 10, kBlocks = 12000000 };

static uint8_t sbox[256];
static uint32_t table[4][256];  // a substituted byte times the column mix, for each row
static uint32_t keys[4 * (kRounds + 1)];

static uint8_t twice(uint8_t x) { return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0)); }

// The inverse in GF(2^8) by walking the powers of 3 and of its inverse side by side.
static void make_tables(void) {
  uint8_t power = 1, inverse = 1;
  sbox[0] = 0x63;
  do {
    power = (uint8_t)(power ^ twice(power));
    inverse = (uint8_t)(inverse ^ inverse << 1);
    inverse = (uint8_t)(inverse ^ inverse << 2);
    inverse = (uint8_t)(inverse ^ inverse << 4);
    if (inverse & 0x80) inverse ^= 0x09;
    uint8_t mixed = inverse;
    for (int by = 1; by <= 4; ++by) mixed ^= (uint8_t)(inverse << by | inverse >> (8 - by));
    sbox[power] = mixed ^ 0x63;
  } while (power != 1);
  for (int i = 0; i < 256; ++i) {
    const uint32_t s = sbox[i], s2 = twice(sbox[i]), column = s2 << 24 | s << 16 | s << 8 | (s ^ s2);
    for (int row = 0; row < 4; ++row) table[row][i] = row == 0 ? column : column >> 8 * row | column << (32 - 8 * row);
  }
}

static uint32_t substitute(uint32_t w) {
  return (uint32_t)sbox[w >> 24] << 24 | (uint32_t)sbox[w >> 16 & 255] << 16 | (uint32_t)sbox[w >> 8 & 255] << 8 | sbox[w & 255];
}

static void expand_key(const uint32_t key[4]) {
  uint8_t constant = 1;
  for (int i = 0; i < 4 * (kRounds + 1); ++i) {
    if (i < 4) {
      keys[i] = key[i];
      continue;
    }
    uint32_t w = keys[i - 1];
    if (i % 4 == 0) {
      w = substitute(w << 8 | w >> 24) ^ (uint32_t)constant << 24;
      constant = twice(constant);
    }
    keys[i] = keys[i - 4] ^ w;
  }
}

static void encrypt(const uint32_t in[4], uint32_t out[4]) {
  uint32_t a = in[0] ^ keys[0], b = in[1] ^ keys[1], c = in[2] ^ keys[2], d = in[3] ^ keys[3];
#define MIX(w, x, y, z, key) (table[0][w >> 24] ^ table[1][x >> 16 & 255] ^ table[2][y >> 8 & 255] ^ table[3][z & 255] ^ (key))
  for (int round = 1; round < kRounds; ++round) {
    const uint32_t* key = keys + 4 * round;
    const uint32_t e = MIX(a, b, c, d, key[0]), f = MIX(b, c, d, a, key[1]);
    const uint32_t g = MIX(c, d, a, b, key[2]), h = MIX(d, a, b, c, key[3]);
    a = e;
    b = f;
    c = g;
    d = h;
  }
#undef MIX
  const uint32_t* key = keys + 4 * kRounds;
  out[0] = substitute((a & 0xff000000) | (b & 0xff0000) | (c & 0xff00) | (d & 0xff)) ^ key[0];
  out[1] = substitute((b & 0xff000000) | (c & 0xff0000) | (d & 0xff00) | (a & 0xff)) ^ key[1];
  out[2] = substitute((c & 0xff000000) | (d & 0xff0000) | (a & 0xff00) | (b & 0xff)) ^ key[2];
  out[3] = substitute((d & 0xff000000) | (a & 0xff0000) | (b & 0xff00) | (c & 0xff)) ^ key[3];
}

uint64_t bench_run(unsigned percent) {
  // The example of FIPS 197, appendix C.1.
  static const uint32_t key[4] = {0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f};
  static const uint32_t text[4] = {0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff};
  uint32_t out[4];
  make_tables();
  expand_key(key);
  encrypt(text, out);
  if (out[0] != 0x69c4e0d8 || out[1] != 0x6a7b0430 || out[2] != 0xd8cdb780 || out[3] != 0x70b4c55a) bench_fail("the example of FIPS 197");

  uint64_t sum = 0;
  const uint64_t blocks = bench_scaled(kBlocks, percent);
  for (uint64_t i = 0; i < blocks; ++i) {
    const uint32_t counter[4] = {0x5eed, 0, (uint32_t)(i >> 32), (uint32_t)i};
    encrypt(counter, out);
    sum += (uint64_t)(out[0] ^ out[1]) << 32 | (out[2] ^ out[3]);
  }
  return sum;
}
