// Carry-less multiplication: PCLMULQDQ where the host has it, shifts and exclusive-ors elsewhere.
#include "cpu/isa/host_arithmetic.hpp"

#include <immintrin.h>

namespace rvx::isa {
namespace {

struct Product {
  uint64_t low;
  uint64_t high;
};

__attribute__((target("pclmul,sse4.1"))) Product multiply_pclmul(uint64_t a, uint64_t b) noexcept {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<int64_t>(a)),
                                               _mm_cvtsi64_si128(static_cast<int64_t>(b)), 0);
  return {static_cast<uint64_t>(_mm_extract_epi64(product, 0)),
          static_cast<uint64_t>(_mm_extract_epi64(product, 1))};
}

constexpr Product multiply_portable(uint64_t a, uint64_t b) noexcept {
  Product product{(b & 1) != 0 ? a : 0, 0};
  for (int i = 1; i < 64; ++i) {
    if ((b >> i & 1) == 0) continue;
    product.low ^= a << i;
    product.high ^= a >> (64 - i);
  }
  return product;
}

// Hosts without PCLMULQDQ are rare, so this is checked here: (x^63 + 1)(x + 1), and a square, which
// spreads the bits.
static_assert(multiply_portable(uint64_t{1} << 63 | 1, 3).low == (uint64_t{1} << 63 | 3));
static_assert(multiply_portable(uint64_t{1} << 63 | 1, 3).high == 1);
static_assert(multiply_portable(0xffffffff, 0xffffffff).low == 0x5555555555555555);
static_assert(multiply_portable(~uint64_t{0}, ~uint64_t{0}).high == 0x5555555555555555);

Product multiply(uint64_t a, uint64_t b) noexcept {
  return has_carryless_multiply() ? multiply_pclmul(a, b) : multiply_portable(a, b);
}

}  // namespace

bool has_carryless_multiply() noexcept { return __builtin_cpu_supports("pclmul") != 0; }
uint64_t carryless_low(uint64_t a, uint64_t b) noexcept { return multiply(a, b).low; }
uint64_t carryless_high(uint64_t a, uint64_t b) noexcept { return multiply(a, b).high; }

}  // namespace rvx::isa
