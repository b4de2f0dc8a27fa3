// Unpacking gzip'd images within a bound.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "machine/error.hpp"

namespace rvx {

[[nodiscard]] bool is_gzip(std::span<const uint8_t> bytes) noexcept;

// All members of a gzip file, one after the other; what follows them is ignored, as gzip does.
// Fails (126) on damaged or truncated data and when more than `max_bytes` would come out. `name`
// stands for the file in messages.
[[nodiscard]] Result<std::vector<uint8_t>> gunzip(std::span<const uint8_t> bytes,
                                                  uint64_t max_bytes, const std::string& name);

}  // namespace rvx
