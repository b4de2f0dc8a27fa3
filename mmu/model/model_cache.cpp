// Look-up and replacement in a modelled cache.
#include "mmu/model/model_cache.hpp"

namespace rvx {

ModelCache::ModelCache(const CacheConfig& config, uint64_t seed)
    : config_(config),
      sets_(config.sets()),
      ways_(config.ways_in_use()),
      line_shift_(static_cast<unsigned>(std::countr_zero(config.line))),
      lines_(config.lines()),
      replacement_(config.replacement, sets_, ways_, seed) {}

unsigned ModelCache::find(uint64_t line) const noexcept {
  const unsigned first = first_of(line);
  for (unsigned slot = first; slot < first + ways_; ++slot)
    if (lines_[slot].is_valid && lines_[slot].number == line) return slot;
  return kNoSlot;
}

ModelCache::Outcome ModelCache::access(uint64_t physical, bool is_store) noexcept {
  const uint64_t line = line_of(physical);
  const unsigned first = first_of(line), set = first / ways_;
  const unsigned before = replacement_.most_recent(set);
  Outcome outcome;
  ++stats_.accesses[is_store];
  outcome.slot = find(line);
  outcome.hit = outcome.slot != kNoSlot;
  if (outcome.hit) {
    replacement_.touched(set, outcome.slot - first);
  } else {
    ++stats_.misses[is_store];
    if (is_store && !config_.write_allocate) return outcome;
    unsigned slot = first;
    while (slot < first + ways_ && lines_[slot].is_valid) ++slot;
    if (slot == first + ways_) {
      slot = first + replacement_.victim(set);
      outcome.evicted = true;
      outcome.victim = lines_[slot].number << line_shift_;
      outcome.victim_is_dirty = lines_[slot].is_dirty;
      ++stats_.evictions;
      stats_.dirty_evictions += lines_[slot].is_dirty;
    }
    outcome.slot = slot;
    lines_[slot] = {.number = line, .is_valid = true, .is_dirty = false};
    replacement_.filled(set, slot - first);
  }
  if (is_store && config_.write_back) lines_[outcome.slot].is_dirty = true;
  if (replacement_.looks_at_hits() && before != Replacement::kNoWay && first + before != outcome.slot) outcome.displaced = first + before;
  return outcome;
}

bool ModelCache::mark_dirty(uint64_t physical) noexcept {
  const unsigned slot = find(line_of(physical));
  if (slot == kNoSlot) return false;
  lines_[slot].is_dirty = true;
  return true;
}

ModelCache::Lost ModelCache::invalidate(uint64_t physical) noexcept {
  Lost lost;
  lost.slot = find(line_of(physical));
  if (lost.slot == kNoSlot) return lost;
  lost.was_dirty = lines_[lost.slot].is_dirty;
  lines_[lost.slot] = {};
  replacement_.emptied(lost.slot / ways_, lost.slot % ways_);
  ++stats_.invalidations;
  return lost;
}

unsigned ModelCache::lines_held() const noexcept {
  unsigned held = 0;
  for (const Line& line : lines_) held += line.is_valid;
  return held;
}

}  // namespace rvx
