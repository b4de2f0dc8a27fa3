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
  // Misses are what a model costs, and with the number of ways known they cost less.
  switch (ways_) {
    case 4: return access_of<4>(physical, is_store);
    case 8: return access_of<8>(physical, is_store);
    case 16: return access_of<16>(physical, is_store);
    default: return access_of<0>(physical, is_store);
  }
}

// kWays: 0, or what ways_ is.
template <unsigned kWays>
ModelCache::Outcome ModelCache::access_of(uint64_t physical, bool is_store) noexcept {
  const unsigned ways = kWays != 0 ? kWays : ways_;
  const uint64_t line = line_of(physical);
  const unsigned set = set_of(line), first = set * ways;
  uint64_t* const lines = lines_.data() + first;
  ++stats_.accesses[is_store];
  unsigned way = find_tag(lines, ways, line);
  if (way != ways) {
    replacement_.touched(first + way);
    if (is_store && config_.write_back) is_dirty_[first + way] = 1;
    return {.slot = first + way, .hit = true};
  }
  Outcome outcome;
  ++stats_.misses[is_store];
  if (is_store && !config_.write_allocate) return outcome;
  way = empty_slots_ == 0 ? ways : find_tag(lines, ways, kEmpty);
  if (way != ways) {
    --empty_slots_;
  } else {
    way = replacement_.victim<kWays>(set);
    outcome.evicted = true;
    outcome.victim = lines[way] << line_shift_;
    outcome.victim_is_dirty = is_dirty_[first + way] != 0;
    ++stats_.evictions;
    if (outcome.victim_is_dirty) ++stats_.dirty_evictions;
  }
  lines[way] = line;
  outcome.slot = first + way;
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
