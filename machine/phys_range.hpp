// A range of guest physical addresses.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace rvx {

// [base, base + size); whoever makes one has checked that it does not wrap.
struct PhysRange {
  uint64_t base = 0;  // guest physical address
  uint64_t size = 0;  // bytes

  [[nodiscard]] uint64_t end() const noexcept { return base + size; }
  [[nodiscard]] bool is_empty() const noexcept { return size == 0; }
  [[nodiscard]] bool overlaps(const PhysRange& other) const noexcept {
    return !is_empty() && !other.is_empty() && base < other.end() && other.base < end();
  }
  [[nodiscard]] bool contains(uint64_t address) const noexcept { return address - base < size; }

  // "0x80000000-0x8fffffff": first and last byte.
  [[nodiscard]] std::string text() const {
    return fmt::format("{:#x}-{:#x}", base, is_empty() ? base : end() - 1);
  }
};

}  // namespace rvx
