// The modelled page-walk cache: page-table entries that point to tables, found by virtual address.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mmu/model/model_config.hpp"
#include "mmu/model/model_tlb.hpp"

namespace rvx {

struct WalkCacheStats {
  uint64_t lookups = 0;
  uint64_t hits = 0;
  uint64_t fills = 0;
  uint64_t evictions = 0;
  std::array<uint64_t, kFenceKinds> dropped{};

  template <class V>
  void visit_state(V& v) {
    v("lookups", lookups);
    v("hits", hits);
    v("fills", fills);
    v("evictions", evictions);
    v("dropped", dropped);
  }
};

class WalkCache {
 public:
  // Of a configuration with entries.
  WalkCache(const WalkCacheConfig& config, unsigned asid_bits, bool global_pages, uint64_t seed, ModelClock& clock);

  // The lowest level of which the cache holds va's pointer, so that a walk reads only levels below it; -1
  // if it holds none. Levels count from 0, that of 4 KiB leaves; pointers are at level 1 and above.
  [[nodiscard]] int lookup(uint64_t va, uint16_t asid) noexcept;
  // A walk has read the pointer at `level`.
  void insert(uint64_t va, uint16_t asid, unsigned level, bool is_global) noexcept;
  // SFENCE.VMA: with an address it orders leaf entries only, so that pointers stay. Returns how many went.
  unsigned fence(const FenceOperands& operands) noexcept;

  [[nodiscard]] const WalkCacheStats& stats() const noexcept { return stats_; }

  template <class V>
  void visit_state(V& v) {
    v("entries", entries_);
    replacement_.visit_state(v);
    stats_.visit_state(v);
  }

 private:
  struct Entry {
    uint64_t prefix = 0;  // the address without what the levels below translate
    uint16_t asid = 0;
    uint8_t level = 0;
    bool is_global = false;
    bool is_valid = false;
  };
  static constexpr unsigned kHighestLevel = 4;  // Sv57's root

  [[nodiscard]] static uint64_t prefix_of(uint64_t va, unsigned level) noexcept { return va >> (kPageShift + 9 * level); }
  [[nodiscard]] unsigned set_of(uint64_t prefix) const noexcept { return static_cast<unsigned>(prefix & (sets_ - 1)); }
  [[nodiscard]] unsigned find(uint64_t prefix, uint16_t asid, unsigned level) const noexcept;

  uint16_t asid_mask_;
  bool global_pages_;
  unsigned sets_, ways_;
  std::vector<Entry> entries_;
  Replacement replacement_;
  WalkCacheStats stats_;
};

}  // namespace rvx
