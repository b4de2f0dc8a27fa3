// One array of a modelled TLB: entries tagged by page, size and ASID, sfence.vma's operand rules, statistics.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "mmu/model/find_tag.hpp"
#include "mmu/model/model_config.hpp"

namespace rvx {

inline constexpr unsigned kNoSlot = ~0u;

// A translation as a walk found it. `va` and `physical` are of one and the same byte, anywhere in the page.
struct ModelTranslation {
  uint64_t va = 0;
  uint64_t physical = 0;
  uint64_t leaf = 0;  // the PTE, for whoever checks permissions on a hit
  uint16_t asid = 0;
  bool is_global = false;
  PageSize size = PageSize::k4K;
};

// What a TLB holds of a page: it may differ from what the page tables say by now.
struct ModelTlbEntry {
  uint64_t physical = 0;  // of the page's first byte
  uint64_t leaf = 0;
  PageSize size = PageSize::k4K;
  bool is_global = false;
  bool is_valid = false;

  [[nodiscard]] uint64_t physical_of(uint64_t va) const noexcept { return physical | (va & (page_bytes(size) - 1)); }
};

// Operands of sfence.vma: absent is x0.
struct FenceOperands {
  std::optional<uint64_t> va = {};
  std::optional<uint16_t> asid = {};
};

// Kinds of fences, for counting.
enum class FenceKind : uint8_t { kAll, kAsid, kAddress, kAddressAndAsid };
inline constexpr unsigned kFenceKinds = 4;
[[nodiscard]] inline FenceKind kind_of(const FenceOperands& fence) noexcept {
  return static_cast<FenceKind>((fence.va ? 2 : 0) | (fence.asid ? 1 : 0));
}

struct TlbArrayStats {
  uint64_t hits = 0;
  uint64_t fills = 0;
  uint64_t evictions = 0;                            // pages lost to make room
  std::array<uint64_t, kFenceKinds> dropped{};       // pages lost to fences

  template <class V>
  void visit_state(V& v) {
    v("hits", hits);
    v("fills", fills);
    v("evictions", evictions);
    v("dropped", dropped);
  }
};

// A slot is the place of a tag, way by way and set by set: it keeps its number whatever it holds.
class ModelTlb {
 public:
  // Of a configuration without problems.
  ModelTlb(const TlbConfig& config, unsigned asid_bits, bool global_pages, uint64_t seed, ModelClock& clock);

  struct Hit {
    const ModelTlbEntry* entry = nullptr;  // until the next insert or fence
    unsigned slot = kNoSlot;
    explicit operator bool() const noexcept { return entry != nullptr; }
  };
  // Look up and, on a hit, tell the policy. Counts hits.
  [[nodiscard]] Hit lookup(uint64_t va, uint16_t asid) noexcept;
  // The same without any effect.
  [[nodiscard]] Hit peek(uint64_t va, uint16_t asid) const noexcept;

  struct Fill {
    const ModelTlbEntry* entry = nullptr;
    unsigned slot = kNoSlot;
    bool replaced = false;  // what stood in the slot is gone, or changed
  };
  // Put in a translation whose size the array holds, in place of what would answer for its address: where page tables
  // have changed without a fence that may be a page of another size or of other address spaces too. Calls `lost(slot)`
  // for every other slot that lost a page to it.
  template <class Lost>
  Fill insert(const ModelTranslation& translation, Lost&& lost) noexcept;
  // Lose what would answer for the address, but for pages of its size.
  template <class Lost>
  void give_way(const ModelTranslation& translation, Lost&& lost) noexcept;
  // Calls `hidden(slot)` for every slot with a smaller page inside the translation's.
  template <class Hidden>
  void each_inside(const ModelTranslation& translation, Hidden&& hidden) const noexcept;

  // SFENCE.VMA, "Supervisor Memory-Management Fence Instruction". Calls `lost(slot)` for every slot that
  // lost a page; returns the number of pages.
  template <class Lost>
  unsigned fence(const FenceOperands& operands, Lost&& lost) noexcept;

  [[nodiscard]] bool holds(PageSize size) const noexcept { return config_.page_sizes.has(size); }
  [[nodiscard]] PageSizes page_sizes() const noexcept { return config_.page_sizes; }
  [[nodiscard]] unsigned slots() const noexcept { return static_cast<unsigned>(tags_.size()); }
  // A hit in this slot changes the time there, and without one nothing (but for the count of hits).
  [[nodiscard]] uint64_t* time_of(unsigned slot) noexcept { return replacement_.time_of(slot); }
  [[nodiscard]] unsigned pages() const noexcept;  // held now
  [[nodiscard]] bool is_empty() const noexcept { return live_sizes_ == 0; }
  [[nodiscard]] unsigned sets() const noexcept { return sets_; }
  [[nodiscard]] unsigned pages_in_set() const noexcept { return ways_ << sector_shift_; }  // at most
  // What it holds, as f(index, va, asid, is_global): set by set, in one way by way.
  template <class F>
  void each_page(F&& f) const {
    for (size_t index = 0; index < entries_.size(); ++index) {
      const ModelTlbEntry& entry = entries_[index];
      const size_t slot = index >> sector_shift_;
      const uint64_t page = keys_[slot] >> kKeySizeBits << sector_shift_ | (index & (config_.sector - 1));
      if (entry.is_valid) f(index, page << page_shift(entry.size), tags_[slot].asid, entry.is_global);
    }
  }
  [[nodiscard]] const TlbArrayStats& stats() const noexcept { return stats_; }

  template <class V>
  void visit_state(V& v) {
    v("keys", keys_);
    v("empty_slots", empty_slots_);
    v("tags", tags_);
    v("entries", entries_);
    v("live", live_);
    v("live_sizes", live_sizes_);
    replacement_.visit_state(v);
    stats_.visit_state(v);
  }

 private:
  struct Tag {
    uint16_t asid = 0;
    PageSize size = PageSize::k4K;
    uint8_t valid = 0;   // how many pages of the sector are there
  };

  // Number of the page, of its size, without the bits that select in the sector.
  [[nodiscard]] uint64_t group_of(uint64_t va, PageSize size) const noexcept { return va >> (page_shift(size) + sector_shift_); }
  [[nodiscard]] unsigned set_of(uint64_t group) const noexcept { return static_cast<unsigned>(group & (sets_ - 1)); }
  [[nodiscard]] size_t entry_at(unsigned slot, uint64_t va, PageSize size) const noexcept {
    return (size_t{slot} << sector_shift_) + (va >> page_shift(size) & (config_.sector - 1));
  }
  // Pages of different sizes have different keys, and none is kEmpty.
  static constexpr uint64_t kEmpty = 0;
  static constexpr unsigned kKeySizeBits = 4;
  [[nodiscard]] static uint64_t key_of(uint64_t group, PageSize size) noexcept { return group << kKeySizeBits | (static_cast<uint64_t>(size) + 1); }
  void count_live(PageSize size, int change) noexcept;
  template <class Lost>
  unsigned fence_slot(unsigned slot, const FenceOperands& operands, Lost&& lost) noexcept;
  void drop(unsigned slot, size_t entry) noexcept;
  // In slot `same`, where the page is; else in slot `shared`, where its sector is; else in an empty or a victim's one.
  Fill put(const ModelTranslation& translation, bool is_global, unsigned same, unsigned shared) noexcept;
  // Whether the page answers where a translation with this ASID (masked), or a global one, does.
  [[nodiscard]] bool answers_for(const ModelTlbEntry& entry, const Tag& tag, uint16_t asid, bool is_global) const noexcept {
    return entry.is_valid && (is_global || entry.is_global || tag.asid == asid);
  }

  TlbConfig config_;
  uint16_t asid_mask_;
  bool global_pages_;
  unsigned sets_, ways_, sector_shift_;
  std::vector<uint64_t> keys_;          // by slot: what is compared first
  uint64_t empty_slots_;
  std::vector<Tag> tags_;
  std::vector<ModelTlbEntry> entries_;  // `sector` for each tag
  std::array<uint32_t, kPageSizeCount> live_{};  // pages held, by size
  unsigned live_sizes_ = 0;                      // those that are not 0, as bits
  Replacement replacement_;
  TlbArrayStats stats_;
};

template <class Lost>
ModelTlb::Fill ModelTlb::insert(const ModelTranslation& translation, Lost&& lost) noexcept {
  give_way(translation, lost);
  const uint64_t group = group_of(translation.va, translation.size), key = key_of(group, translation.size);
  const auto asid = static_cast<uint16_t>(translation.asid & asid_mask_);
  const bool is_global = translation.is_global && global_pages_;
  unsigned same = kNoSlot, shared = kNoSlot;
  const unsigned first = set_of(group) * ways_, end = first + ways_;
  for (unsigned slot = first; (slot += find_tag(keys_.data() + slot, end - slot, key)) < end; ++slot) {
    const Tag& tag = tags_[slot];
    const size_t at = entry_at(slot, translation.va, translation.size);
    if (!answers_for(entries_[at], tag, asid, is_global)) {
      if (tag.asid == asid) shared = slot;
    } else if (same == kNoSlot && (tag.asid == asid || tag.valid == 1 || (is_global && entries_[at].is_global))) {
      same = slot;
    } else {
      // There twice, or its neighbours belong to another address space.
      drop(slot, at);
      ++stats_.evictions;
      lost(slot);
    }
  }
  return put(translation, is_global, same, shared);
}

template <class Lost>
void ModelTlb::give_way(const ModelTranslation& translation, Lost&& lost) noexcept {
  const auto asid = static_cast<uint16_t>(translation.asid & asid_mask_);
  for (unsigned sizes = live_sizes_ & ~(1u << static_cast<unsigned>(translation.size)); sizes != 0; sizes &= sizes - 1) {
    const auto size = static_cast<PageSize>(std::countr_zero(sizes));
    const uint64_t group = group_of(translation.va, size), key = key_of(group, size);
    const unsigned first = set_of(group) * ways_, end = first + ways_;
    for (unsigned slot = first; (slot += find_tag(keys_.data() + slot, end - slot, key)) < end; ++slot) {
      const size_t at = entry_at(slot, translation.va, size);
      if (!answers_for(entries_[at], tags_[slot], asid, translation.is_global && global_pages_)) continue;
      drop(slot, at);
      ++stats_.evictions;
      lost(slot);
    }
  }
}

template <class Hidden>
void ModelTlb::each_inside(const ModelTranslation& translation, Hidden&& hidden) const noexcept {
  const uint64_t page = translation.va >> page_shift(translation.size);
  for (unsigned slot = 0; slot < slots(); ++slot) {
    const PageSize size = tags_[slot].size;
    if (keys_[slot] == kEmpty || size >= translation.size) continue;
    const uint64_t va = keys_[slot] >> kKeySizeBits << (page_shift(size) + sector_shift_);
    if (va >> page_shift(translation.size) == page) hidden(slot);
  }
}

template <class Lost>
unsigned ModelTlb::fence(const FenceOperands& operands, Lost&& lost) noexcept {
  unsigned dropped = 0;
  if (operands.va) {
    // Only where the page can be.
    for (unsigned sizes = live_sizes_; sizes != 0; sizes &= sizes - 1) {
      const auto size = static_cast<PageSize>(std::countr_zero(sizes));
      const uint64_t group = group_of(*operands.va, size);
      const unsigned first = set_of(group) * ways_;
      for (unsigned slot = first; slot < first + ways_; ++slot)
        if (keys_[slot] == key_of(group, size)) dropped += fence_slot(slot, operands, lost);
    }
  } else {
    for (unsigned slot = 0; slot < slots(); ++slot)
      if (keys_[slot] != kEmpty) dropped += fence_slot(slot, operands, lost);
  }
  stats_.dropped[static_cast<size_t>(kind_of(operands))] += dropped;
  return dropped;
}

template <class Lost>
unsigned ModelTlb::fence_slot(unsigned slot, const FenceOperands& operands, Lost&& lost) noexcept {
  const Tag tag = tags_[slot];
  const bool is_of_asid = !operands.asid || (*operands.asid & asid_mask_) == tag.asid;
  unsigned dropped = 0;
  for (size_t i = size_t{slot} << sector_shift_, end = i + config_.sector; i < end; ++i) {
    if (!entries_[i].is_valid) continue;
    if (operands.va && i != entry_at(slot, *operands.va, tag.size)) continue;
    // An ASID does not reach global pages; without one, all address spaces and global pages are meant.
    if (operands.asid && (entries_[i].is_global || !is_of_asid)) continue;
    drop(slot, i);
    ++dropped;
  }
  if (dropped != 0) lost(slot);
  return dropped;
}

}  // namespace rvx
