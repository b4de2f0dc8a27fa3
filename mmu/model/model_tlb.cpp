// Look-up and replacement in one array of a modelled TLB.
#include "mmu/model/model_tlb.hpp"

namespace rvx {

ModelTlb::ModelTlb(const TlbConfig& config, unsigned asid_bits, bool global_pages, uint64_t seed, ModelClock& clock)
    : config_(config),
      asid_mask_(static_cast<uint16_t>((1u << asid_bits) - 1)),
      global_pages_(global_pages),
      sets_(config.sets()),
      ways_(config.ways_in_use()),
      sector_shift_(static_cast<unsigned>(std::countr_zero(config.sector))),
      keys_(config.tags()),
      empty_slots_(config.tags()),
      tags_(config.tags()),
      entries_(config.entries),
      replacement_(config.replacement, sets_, ways_, seed, clock) {}

ModelTlb::Hit ModelTlb::peek(uint64_t va, uint16_t asid) const noexcept {
  asid &= asid_mask_;
  for (unsigned sizes = live_sizes_; sizes != 0; sizes &= sizes - 1) {
    const auto size = static_cast<PageSize>(std::countr_zero(sizes));
    const uint64_t group = group_of(va, size), key = key_of(group, size);
    const unsigned first = set_of(group) * ways_;
    const uint64_t* const keys = keys_.data() + first;
    // The same page may be there for several address spaces.
    for (unsigned way = find_tag(keys, ways_, key); way < ways_; way += 1 + find_tag(keys + way + 1, ways_ - way - 1, key)) {
      const ModelTlbEntry& entry = entries_[entry_at(first + way, va, size)];
      if (entry.is_valid && (entry.is_global || tags_[first + way].asid == asid)) return {.entry = &entry, .slot = first + way};
    }
  }
  return {};
}

ModelTlb::Hit ModelTlb::lookup(uint64_t va, uint16_t asid) noexcept {
  const Hit hit = peek(va, asid);
  if (hit) {
    ++stats_.hits;
    replacement_.touched(hit.slot);
  }
  return hit;
}

void ModelTlb::count_live(PageSize size, int change) noexcept {
  uint32_t& live = live_[static_cast<size_t>(size)];
  live += static_cast<uint32_t>(change);
  const unsigned bit = 1u << static_cast<unsigned>(size);
  live_sizes_ = live != 0 ? live_sizes_ | bit : live_sizes_ & ~bit;
}

void ModelTlb::drop(unsigned slot, size_t entry) noexcept {
  count_live(entries_[entry].size, -1);
  entries_[entry].is_valid = false;
  if (--tags_[slot].valid != 0) return;
  keys_[slot] = kEmpty;
  ++empty_slots_;
}

ModelTlb::Fill ModelTlb::put(const ModelTranslation& translation, bool is_global, unsigned same, unsigned shared) noexcept {
  const PageSize size = translation.size;
  const uint64_t group = group_of(translation.va, size);
  const unsigned set = set_of(group), first = set * ways_;
  Fill fill;
  const unsigned none = first + ways_;
  fill.slot = same != kNoSlot ? same : shared != kNoSlot ? shared : empty_slots_ == 0 ? none : first + find_tag(keys_.data() + first, ways_, kEmpty);
  if (fill.slot == none) {
    fill.slot = first + replacement_.victim(set);
    fill.replaced = true;
    for (size_t i = size_t{fill.slot} << sector_shift_, end = i + config_.sector; i < end; ++i) {
      if (!entries_[i].is_valid) continue;
      drop(fill.slot, i);
      ++stats_.evictions;
    }
  }
  ++stats_.fills;
  Tag& tag = tags_[fill.slot];
  const size_t at = entry_at(fill.slot, translation.va, size);
  if (same != kNoSlot) {
    fill.replaced = true;
  } else {
    ++tag.valid;
    count_live(size, +1);
  }
  if (same == kNoSlot || tag.valid == 1) tag.asid = static_cast<uint16_t>(translation.asid & asid_mask_);
  tag.size = size;
  empty_slots_ -= keys_[fill.slot] == kEmpty;
  keys_[fill.slot] = key_of(group, size);
  entries_[at] = {.physical = translation.physical & ~(page_bytes(size) - 1), .leaf = translation.leaf, .size = size, .is_global = is_global, .is_valid = true};
  fill.entry = &entries_[at];
  if (same != kNoSlot || shared != kNoSlot) {
    replacement_.touched(fill.slot);
  } else {
    replacement_.filled(fill.slot);
  }
  return fill;
}

unsigned ModelTlb::pages() const noexcept {
  unsigned pages = 0;
  for (const uint32_t live : live_) pages += live;
  return pages;
}

}  // namespace rvx
