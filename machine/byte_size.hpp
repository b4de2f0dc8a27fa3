// Sizes in bytes as people write them: for messages and the -m that they should have given.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace rvx {

inline constexpr uint64_t kKiB = uint64_t{1} << 10;
inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;

// The largest RAM that an error message suggests.
inline constexpr uint64_t kMaxSuggestedRam = 256 * kGiB;

// "43.2 MiB", "512 KiB", "12 bytes".
[[nodiscard]] inline std::string byte_size_text(uint64_t bytes) {
  const auto scaled = [bytes](uint64_t unit, const char* name) {
    return bytes % unit == 0 ? fmt::format("{} {}", bytes / unit, name)
                             : fmt::format("{:.1f} {}", double(bytes) / double(unit), name);
  };
  if (bytes >= kGiB) return scaled(kGiB, "GiB");
  if (bytes >= kMiB) return scaled(kMiB, "MiB");
  if (bytes >= kKiB) return scaled(kKiB, "KiB");
  return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
}

// The size of RAM to suggest where `bytes` are needed: the next power of two, at least 1 MiB.
// 0 when that is more than anyone would want.
[[nodiscard]] inline uint64_t suggested_ram(uint64_t bytes) {
  if (bytes > kMaxSuggestedRam) return 0;
  return std::bit_ceil(bytes < kMiB ? kMiB : bytes);
}

// "-m 128M", "-m 2G".
[[nodiscard]] inline std::string memory_option_text(uint64_t ram_size) {
  return ram_size % kGiB == 0 ? fmt::format("-m {}G", ram_size / kGiB)
                              : fmt::format("-m {}M", ram_size / kMiB);
}

// `alignment` is a power of two. align_up wraps to 0 where the result does not fit.
[[nodiscard]] constexpr uint64_t align_down(uint64_t value, uint64_t alignment) {
  return value & ~(alignment - 1);
}
[[nodiscard]] constexpr uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace rvx
