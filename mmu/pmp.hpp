// Physical memory protection: sixteen entries, matched in order, at byte exactness.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mmu/types.hpp"

namespace rvx {

// "Physical Memory Protection". CHOICE: 16 entries, granularity 4 bytes (G = 0), 54-bit pmpaddr.
class Pmp {
 public:
  static constexpr unsigned kEntries = 16;

  [[nodiscard]] uint8_t cfg(unsigned index) const noexcept { return cfg_[index]; }
  [[nodiscard]] uint64_t addr(unsigned index) const noexcept { return addr_[index]; }
  // Legalised writes; locked entries ignore them. Return whether anything changed.
  bool set_cfg(unsigned index, uint8_t value) noexcept;
  bool set_addr(unsigned index, uint64_t value) noexcept;

  // Whether `priv` may access all of [address, address + size) physical bytes.
  [[nodiscard]] bool allows(uint64_t address, unsigned size, Access access, Priv priv) const noexcept;

  // Whether one answer of allows() holds for the whole 4 KiB page of `address`, so that it may be cached.
  [[nodiscard]] bool is_uniform(uint64_t address) const noexcept;

  template <class V> void visit_state(V& v) {
    v("pmpcfg", cfg_);
    v("pmpaddr", addr_);
    rebuild();
  }

 private:
  struct Range {
    uint64_t first = 1;  // empty when first > last
    uint64_t last = 0;   // inclusive
  };
  void rebuild() noexcept;
  [[nodiscard]] bool allows_uncached(uint64_t address, unsigned size, Access access, Priv priv) const noexcept;

  // What S and U may do with pages that were asked about before, where one answer holds for the
  // whole page: page-table walks ask again and again.
  struct KnownPage {
    uint64_t page = ~uint64_t{0};
    uint8_t permissions = 0;
  };
  static constexpr std::size_t kKnownPages = 256;
  mutable std::array<KnownPage, kKnownPages> known_{};

  std::array<uint8_t, kEntries> cfg_{};
  std::array<uint64_t, kEntries> addr_{};
  std::array<Range, kEntries> range_{};
  unsigned active_ = 0;  // entries past this index are off
};

}  // namespace rvx
