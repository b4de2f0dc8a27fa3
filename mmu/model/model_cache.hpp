// A modelled cache: which lines it holds, which are dirty, which one an access drives out. No data.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mmu/model/model_config.hpp"
#include "mmu/model/model_tlb.hpp"

namespace rvx {

struct CacheStats {
  // By whether it was a store.
  std::array<uint64_t, 2> accesses{};
  std::array<uint64_t, 2> misses{};
  uint64_t evictions = 0;
  uint64_t dirty_evictions = 0;
  uint64_t invalidations = 0;  // lines lost to another level or to another's store

  template <class V>
  void visit_state(V& v) {
    v("accesses", accesses);
    v("misses", misses);
    v("evictions", evictions);
    v("dirty_evictions", dirty_evictions);
    v("invalidations", invalidations);
  }
};

// Slots are numbered set by set, way by way, as in ModelTlb.
class ModelCache {
 public:
  // Of a configuration without problems.
  ModelCache(const CacheConfig& config, uint64_t seed, ModelClock& clock);

  struct Outcome {
    uint64_t victim = 0;           // physical address of the line that the slot held before, if it was
    unsigned slot = kNoSlot;       // where the line is now; kNoSlot: a store that did not allocate
    bool hit = false;
    bool evicted = false;
    bool victim_is_dirty = false;
  };
  // A load or store of the line that holds `physical`.
  Outcome access(uint64_t physical, bool is_store) noexcept;

  // The host is to have at hand what an access will look at.
  void prefetch(uint64_t physical) const noexcept {
    const size_t first = size_t{set_of(line_of(physical))} * ways_;
    __builtin_prefetch(lines_.data() + first);
    replacement_.prefetch(first);
  }

  [[nodiscard]] bool holds(uint64_t physical) const noexcept { return find(line_of(physical)) != kNoSlot; }
  // A line from the level above is written here; false if it is not here.
  bool mark_dirty(uint64_t physical) noexcept;

  struct Lost {
    unsigned slot = kNoSlot;
    bool was_dirty = false;
  };
  // The line is no longer here; slot is kNoSlot if it was not.
  Lost invalidate(uint64_t physical) noexcept;

  [[nodiscard]] uint64_t line_of(uint64_t physical) const noexcept { return physical >> line_shift_; }
  [[nodiscard]] unsigned line_bytes() const noexcept { return config_.line; }
  [[nodiscard]] const CacheConfig& config() const noexcept { return config_; }
  [[nodiscard]] unsigned slots() const noexcept { return static_cast<unsigned>(lines_.size()); }
  // Whether another hit in this slot would change its time alone: a store also wants the line to be dirty already.
  [[nodiscard]] bool changes_only_time(unsigned slot, bool is_store) const noexcept {
    return !is_store || (config_.write_back && is_dirty_[slot] != 0);
  }
  [[nodiscard]] uint64_t* time_of(unsigned slot) noexcept { return replacement_.time_of(slot); }
  [[nodiscard]] unsigned lines_held() const noexcept;
  [[nodiscard]] const CacheStats& stats() const noexcept { return stats_; }

  template <class V>
  void visit_state(V& v) {
    v("lines", lines_);
    v("empty_slots", empty_slots_);
    v("dirty", is_dirty_);
    replacement_.visit_state(v);
    stats_.visit_state(v);
  }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};  // no line of memory

  [[nodiscard]] unsigned set_of(uint64_t line) const noexcept { return static_cast<unsigned>(line & (sets_ - 1)); }
  [[nodiscard]] unsigned find(uint64_t line) const noexcept;
  template <unsigned kWays> Outcome access_of(uint64_t physical, bool is_store) noexcept;

  CacheConfig config_;
  unsigned sets_, ways_, line_shift_;
  std::vector<uint64_t> lines_;  // by slot: the number of the line that is held, or kEmpty
  uint64_t empty_slots_;
  std::vector<uint8_t> is_dirty_;
  Replacement replacement_;
  CacheStats stats_;
};

}  // namespace rvx
