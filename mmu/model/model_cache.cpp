// Look-up and replacement in a modelled cache.
#include "mmu/model/model_cache.hpp"

#include "mmu/model/find_tag.hpp"

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

unsigned ModelCache::find(uint64_t line) const noexcept {
  const unsigned first = set_of(line) * ways_;
  const unsigned way = find_tag(lines_.data() + first, ways_, line);
  return way == ways_ ? kNoSlot : first + way;
}

ModelCache::Outcome ModelCache::access(uint64_t physical, bool is_store) noexcept {
  const uint64_t line = line_of(physical);
  const unsigned set = set_of(line), first = set * ways_;
  Outcome outcome;
  ++stats_.accesses[is_store];
  outcome.slot = find(line);
  outcome.hit = outcome.slot != kNoSlot;
  if (outcome.hit) {
    replacement_.touched(outcome.slot);
  } else {
    ++stats_.misses[is_store];
    if (is_store && !config_.write_allocate) return outcome;
    unsigned slot = first + (empty_ == 0 ? ways_ : find_tag(lines_.data() + first, ways_, kEmpty));
    if (slot != first + ways_) {
      --empty_;
    } else {
      slot = first + replacement_.victim(set);
      outcome.evicted = true;
      outcome.victim = lines_[slot] << line_shift_;
      outcome.victim_is_dirty = is_dirty_[slot] != 0;
      ++stats_.evictions;
      stats_.dirty_evictions += is_dirty_[slot];
    }
    outcome.slot = slot;
    lines_[slot] = line;
    is_dirty_[slot] = 0;
    replacement_.filled(slot);
  }
  if (is_store && config_.write_back) is_dirty_[outcome.slot] = 1;
  return outcome;
}

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
