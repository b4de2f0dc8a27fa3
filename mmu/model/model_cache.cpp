// Look-up and replacement in a modelled cache.
#include "mmu/model/model_cache.hpp"

namespace rvx {

ModelCache::ModelCache(const CacheConfig& config, uint64_t seed, ModelClock& clock)
    : config_(config),
      sets_(config.sets()),
      ways_(config.ways_in_use()),
      line_shift_(static_cast<unsigned>(std::countr_zero(config.line))),
      lines_(config.lines(), kEmpty),
      empty_(config.lines()),
      is_dirty_(config.lines()),
      replacement_(config.replacement, sets_, ways_, seed, clock) {}

bool ModelCache::mark_dirty(uint64_t physical) noexcept {
  const unsigned slot = find(line_of(physical));
  if (slot == kNoSlot) return false;
  is_dirty_[slot] = 1;
  return true;
}

ModelCache::Lost ModelCache::invalidate(uint64_t physical) noexcept {
  Lost lost;
  lost.slot = find(line_of(physical));
  if (lost.slot == kNoSlot) return lost;
  lost.was_dirty = is_dirty_[lost.slot] != 0;
  lines_[lost.slot] = kEmpty;
  ++empty_;
  ++stats_.invalidations;
  return lost;
}

unsigned ModelCache::lines_held() const noexcept {
  unsigned held = 0;
  for (const uint64_t line : lines_) held += line != kEmpty;
  return held;
}

}  // namespace rvx
