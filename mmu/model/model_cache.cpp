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
      empty_slots_(config.lines()),
      is_dirty_(config.lines()),
      replacement_(config.replacement, sets_, ways_, seed, clock) {}

unsigned ModelCache::find(uint64_t line) const noexcept {
  const unsigned first = set_of(line) * ways_;
  const unsigned way = find_tag(lines_.data() + first, ways_, line);
  return way == ways_ ? kNoSlot : first + way;
}

ModelCache::Outcome ModelCache::access(uint64_t physical, bool is_store) noexcept {
  const uint64_t line = line_of(physical);
  ++stats_.accesses[is_store];
  const unsigned slot = find(line);
  if (slot == kNoSlot) return replace(line, is_store);
  replacement_.touched(slot);
  if (is_store && config_.write_back) is_dirty_[slot] = 1;
  return {.slot = slot, .hit = true};
}

// The line is not there.
ModelCache::Outcome ModelCache::replace(uint64_t line, bool is_store) noexcept {
  const unsigned set = set_of(line), first = set * ways_;
  Outcome outcome;
  ++stats_.misses[is_store];
  if (is_store && !config_.write_allocate) return outcome;
  const unsigned way = empty_slots_ == 0 ? ways_ : find_tag(lines_.data() + first, ways_, kEmpty);
  if (way != ways_) {
    --empty_slots_;
    outcome.slot = first + way;
  } else {
    outcome.slot = first + replacement_.victim(set);
    outcome.evicted = true;
    outcome.victim = lines_[outcome.slot] << line_shift_;
    const uint8_t was_dirty = is_dirty_[outcome.slot];
    outcome.victim_is_dirty = was_dirty != 0;
    ++stats_.evictions;
    stats_.dirty_evictions += was_dirty;
  }
  lines_[outcome.slot] = line;
  is_dirty_[outcome.slot] = is_store && config_.write_back;
  replacement_.filled(outcome.slot);
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
  ++empty_slots_;
  ++stats_.invalidations;
  return lost;
}

unsigned ModelCache::lines_held() const noexcept {
  unsigned held = 0;
  for (const uint64_t line : lines_) held += line != kEmpty;
  return held;
}

}  // namespace rvx
