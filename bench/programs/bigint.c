// Benchmark: big integers: modular powers with 64-bit limbs, a factorial and its decimal digits with 32-bit ones.
#include "bench/lib/bench.h"

// 2^2203 - 1 is prime.
enum { kExponent = 2203, kLimbs = (kExponent + 63) / 64, kPowers = 40, kFactorial = 2500, kWords = 1000, kFactorials = 20 };

typedef unsigned __int128 uint128;

// --- modular powers, by Montgomery's multiplication ----------------------------------------------

static uint64_t modulus[kLimbs];
static uint64_t inverse;  // -1 / modulus[0] mod 2^64

// a -= modulus, unless a < modulus. `high` is a's next limb.
static void reduce(uint64_t* a, uint64_t high) {
  if (high == 0)
    for (int i = kLimbs - 1; i >= 0; --i) {
      if (a[i] > modulus[i]) break;
      if (a[i] < modulus[i]) return;
    }
  uint64_t borrow = 0;
  for (int i = 0; i < kLimbs; ++i) {
    const uint128 difference = (uint128)a[i] - modulus[i] - borrow;
    a[i] = (uint64_t)difference;
    borrow = (uint64_t)(difference >> 64) & 1;
  }
}

// out = a * b / 2^(64 kLimbs) mod modulus. `out` may be a or b.
static BENCH_NOINLINE void multiply(uint64_t* out, const uint64_t* a, const uint64_t* b) {
  uint64_t t[kLimbs + 2] = {0};
  for (int i = 0; i < kLimbs; ++i) {
    uint64_t carry = 0;
    for (int j = 0; j < kLimbs; ++j) {
      const uint128 sum = (uint128)a[i] * b[j] + t[j] + carry;
      t[j] = (uint64_t)sum;
      carry = (uint64_t)(sum >> 64);
    }
    uint128 top = (uint128)t[kLimbs] + carry;
    t[kLimbs] = (uint64_t)top;
    t[kLimbs + 1] = (uint64_t)(top >> 64);
    const uint64_t factor = t[0] * inverse;
    carry = (uint64_t)(((uint128)factor * modulus[0] + t[0]) >> 64);
    for (int j = 1; j < kLimbs; ++j) {
      const uint128 sum = (uint128)factor * modulus[j] + t[j] + carry;
      t[j - 1] = (uint64_t)sum;
      carry = (uint64_t)(sum >> 64);
    }
    top = (uint128)t[kLimbs] + carry;
    t[kLimbs - 1] = (uint64_t)top;
    t[kLimbs] = t[kLimbs + 1] + (uint64_t)(top >> 64);
  }
  for (int i = 0; i < kLimbs; ++i) out[i] = t[i];
  reduce(out, t[kLimbs]);
}

static void set_modulus(void) {
  for (int i = 0; i < kLimbs; ++i) modulus[i] = ~(uint64_t)0;
  modulus[kLimbs - 1] >>= 64 * kLimbs - kExponent;
  uint64_t x = 1;  // Newton's iteration doubles the bits that are right.
  for (int i = 0; i < 6; ++i) x *= 2 - modulus[0] * x;
  inverse = 0 - x;
}

static uint64_t power_sum(uint64_t base) {
  // In Montgomery's form 1 is 2^(64 kLimbs) mod modulus = 2^(64 kLimbs - kExponent).
  uint64_t one[kLimbs] = {0}, b[kLimbs] = {0}, result[kLimbs], sum = 0;
  one[0] = (uint64_t)1 << (64 * kLimbs - kExponent);
  for (uint64_t i = 0; i < base; ++i) {
    uint64_t carry = 0;
    for (int j = 0; j < kLimbs; ++j) {
      const uint128 limb = (uint128)b[j] + one[j] + carry;
      b[j] = (uint64_t)limb;
      carry = (uint64_t)(limb >> 64);
    }
  }
  // base^(modulus - 1): all bits of the exponent are 1 but the lowest.
  for (int i = 0; i < kLimbs; ++i) result[i] = b[i];
  for (int bit = kExponent - 2; bit >= 0; --bit) {
    multiply(result, result, result);
    if (bit > 0) multiply(result, result, b);
    if (bit == kExponent / 2)
      for (int i = 0; i < kLimbs; ++i) sum = bench_mix(sum, result[i]);
  }
  for (int i = 0; i < kLimbs; ++i)
    if (result[i] != one[i]) bench_fail("a power modulo a prime (Fermat's little theorem)");
  return sum;
}

// --- a factorial and its digits ------------------------------------------------------------------

static uint32_t words[kWords];

static BENCH_NOINLINE int factorial(uint32_t n) {  // returns the number of words
  int used = 1;
  words[0] = 1;
  for (uint32_t factor = 2; factor <= n; ++factor) {
    uint64_t carry = 0;
    for (int i = 0; i < used; ++i) {
      carry += (uint64_t)words[i] * factor;
      words[i] = (uint32_t)carry;
      carry >>= 32;
    }
    if (carry) words[used++] = (uint32_t)carry;
  }
  return used;
}

static BENCH_NOINLINE uint64_t sum_of_digits(int used, uint64_t* checksum) {
  uint64_t digits = 0;
  while (used > 0) {
    uint64_t rest = 0;
    for (int i = used - 1; i >= 0; --i) {
      rest = rest << 32 | words[i];
      words[i] = (uint32_t)(rest / 1000000000);
      rest %= 1000000000;
    }
    *checksum = bench_mix(*checksum, rest);
    for (; rest; rest /= 10) digits += rest % 10;
    while (used > 0 && words[used - 1] == 0) --used;
  }
  return digits;
}

uint64_t bench_run(unsigned percent) {
  uint64_t sum = 0;
  set_modulus();
  for (uint64_t i = bench_scaled(kPowers, percent); i; --i) sum = bench_mix(sum, power_sum(2 + i % 7));
  for (uint64_t i = bench_scaled(kFactorials, percent); i; --i)
    if (sum_of_digits(factorial((uint32_t)(kFactorial - i % 3)), &sum) % 9 != 0) bench_fail("a factorial's digits");
  return sum;
}
