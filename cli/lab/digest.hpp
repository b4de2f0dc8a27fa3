// A short name for long contents: what results are kept under, and where a student's values come from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rvx::cli::lab {

// 64 bits by FNV-1a: spread well, and no secret.
[[nodiscard]] constexpr uint64_t digest(std::string_view bytes, uint64_t seed = 14695981039346656037ull) noexcept {
  uint64_t value = seed;
  for (const char c : bytes) value = (value ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return value;
}

// 32 hexadecimal digits of two of them.
[[nodiscard]] std::string digest_text(std::string_view bytes);

}  // namespace rvx::cli::lab
