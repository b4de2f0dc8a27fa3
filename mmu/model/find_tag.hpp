// Which way of a set has a tag: several compared at once.
#pragma once

#include <immintrin.h>

#include <bit>
#include <cstdint>

namespace rvx {

// The first of the `ways` from `first` on that is `tag`; `ways` if none is.
[[nodiscard]] inline unsigned find_tag(const uint64_t* first, unsigned ways, uint64_t tag) noexcept {
  unsigned way = 0;
  const __m256i wanted = _mm256_set1_epi64x(static_cast<int64_t>(tag));
  const auto equal = [&](unsigned at) {
    const __m256i tags = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(first + at));
    return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(tags, wanted))));
  };
  for (; way + 8 <= ways; way += 8)
    if (const unsigned found = equal(way) | equal(way + 4) << 4; found != 0) return way + static_cast<unsigned>(std::countr_zero(found));
  for (; way + 4 <= ways; way += 4)
    if (const unsigned found = equal(way); found != 0) return way + static_cast<unsigned>(std::countr_zero(found));
  while (way < ways && first[way] != tag) ++way;
  return way;
}

}  // namespace rvx
