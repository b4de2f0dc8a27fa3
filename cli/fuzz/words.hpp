// 64-bit values worth trying as operands.
#pragma once

#include <cstdint>
#include <vector>

namespace rvx::fuzz {

// A fixed mixture of integers at the edges of their widths, floating-point values of all formats,
// some of them wrongly NaN-boxed, and random bits.
[[nodiscard]] const std::vector<uint64_t>& word_pool();

}  // namespace rvx::fuzz
