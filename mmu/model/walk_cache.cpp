// Look-up and replacement in the modelled page-walk cache.
#include "mmu/model/walk_cache.hpp"

namespace rvx {

WalkCache::WalkCache(const WalkCacheConfig& config, unsigned asid_bits, bool global_pages, uint64_t seed, ModelClock& clock)
    : asid_mask_(static_cast<uint16_t>((1u << asid_bits) - 1)),
      global_pages_(global_pages),
      sets_(config.sets()),
      ways_(config.ways_in_use()),
      entries_(config.entries),
      replacement_(config.replacement, sets_, ways_, seed, clock) {}

unsigned WalkCache::find(uint64_t prefix, uint16_t asid, unsigned level) const noexcept {
  const unsigned first = set_of(prefix) * ways_;
  for (unsigned slot = first; slot < first + ways_; ++slot) {
    const Entry& entry = entries_[slot];
    if (entry.is_valid && entry.level == level && entry.prefix == prefix && (entry.is_global || entry.asid == asid)) return slot;
  }
  return kNoSlot;
}

int WalkCache::lookup(uint64_t va, uint16_t asid) noexcept {
  asid &= asid_mask_;
  ++stats_.lookups;
  for (unsigned level = 1; level <= kHighestLevel; ++level) {
    const unsigned slot = find(prefix_of(va, level), asid, level);
    if (slot == kNoSlot) continue;
    ++stats_.hits;
    replacement_.touched(slot);
    return static_cast<int>(level);
  }
  return -1;
}

void WalkCache::insert(uint64_t va, uint16_t asid, unsigned level, bool is_global) noexcept {
  asid &= asid_mask_;
  is_global = is_global && global_pages_;
  const uint64_t prefix = prefix_of(va, level);
  const unsigned set = set_of(prefix), first = set * ways_;
  unsigned slot = find(prefix, asid, level);
  if (slot != kNoSlot) {
    entries_[slot] = {prefix, asid, static_cast<uint8_t>(level), is_global, true};
    replacement_.touched(slot);
    return;
  }
  slot = first;
  while (slot < first + ways_ && entries_[slot].is_valid) ++slot;
  if (slot == first + ways_) {
    slot = first + replacement_.victim(set);
    ++stats_.evictions;
  }
  ++stats_.fills;
  entries_[slot] = {prefix, asid, static_cast<uint8_t>(level), is_global, true};
  replacement_.filled(slot);
}

unsigned WalkCache::fence(const FenceOperands& operands) noexcept {
  if (operands.va) return 0;
  unsigned dropped = 0;
  for (unsigned slot = 0; slot < entries_.size(); ++slot) {
    Entry& entry = entries_[slot];
    if (!entry.is_valid) continue;
    if (operands.asid && (entry.is_global || entry.asid != (*operands.asid & asid_mask_))) continue;
    entry = {};
    ++dropped;
  }
  stats_.dropped[static_cast<size_t>(kind_of(operands))] += dropped;
  return dropped;
}

}  // namespace rvx
