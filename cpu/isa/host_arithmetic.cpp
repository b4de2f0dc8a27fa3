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

Product multiply_portable(uint64_t a, uint64_t b) noexcept {
  Product product{(b & 1) != 0 ? a : 0, 0};
  for (int i = 1; i < 64; ++i) {
    if ((b >> i & 1) == 0) continue;
    product.low ^= a << i;
    product.high ^= a >> (64 - i);
  }
  return product;
}

// The x86-64 level that rvx is built for does not include PCLMULQDQ.
Product multiply(uint64_t a, uint64_t b) noexcept {
  return __builtin_cpu_supports("pclmul") ? multiply_pclmul(a, b) : multiply_portable(a, b);
}

}  // namespace

uint64_t carryless_low(uint64_t a, uint64_t b) noexcept { return multiply(a, b).low; }
uint64_t carryless_high(uint64_t a, uint64_t b) noexcept { return multiply(a, b).high; }

}  // namespace rvx::isa
