// A level of a modelled TLB: arrays for different page sizes that are looked up together.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "mmu/model/model_tlb.hpp"

namespace rvx {

struct TlbLevelStats {
  // By Access.
  std::array<uint64_t, 3> lookups{};
  std::array<uint64_t, 3> misses{};

  template <class V>
  void visit_state(V& v) {
    v("lookups", lookups);
    v("misses", misses);
  }
};

// Entries have an index within the level: the arrays' slots, one array after the other.
class TlbLevel {
 public:
  TlbLevel(const TlbLevelConfig& config, unsigned asid_bits, bool global_pages, uint64_t seed, ModelClock& clock) {
    unsigned first = 0;
    for (const TlbConfig& array : config) {
      arrays_.push_back({ModelTlb(array, asid_bits, global_pages, seed++, clock), first});
      first += arrays_.back().tlb.slots();
    }
    uint8_t later = 0;
    for (size_t i = arrays_.size(); i-- > 0; later |= arrays_[i].tlb.page_sizes().mask)
      arrays_[i].hides_later = later != 0 && std::countr_zero(later) < std::bit_width(arrays_[i].tlb.page_sizes().mask);
  }

  [[nodiscard]] bool is_modelled() const noexcept { return !arrays_.empty(); }

  // As ModelTlb's, with indices instead of slots.
  [[nodiscard]] ModelTlb::Hit lookup(uint64_t va, uint16_t asid, Access access) noexcept {
    ++stats_.lookups[static_cast<size_t>(access)];
    for (Array& array : arrays_) {
      if (array.tlb.is_empty()) continue;
      ModelTlb::Hit hit = array.tlb.lookup(va, asid);
      if (!hit) continue;
      hit.slot += array.first;
      return hit;
    }
    ++stats_.misses[static_cast<size_t>(access)];
    return {};
  }
  [[nodiscard]] ModelTlb::Hit peek(uint64_t va, uint16_t asid) const noexcept {
    for (const Array& array : arrays_) {
      ModelTlb::Hit hit = array.tlb.peek(va, asid);
      if (!hit) continue;
      hit.slot += array.first;
      return hit;
    }
    return {};
  }

  // Into the array for its size. Where no array holds the size: with `may_split` the part around va, of the
  // largest size that is held; else the level does not take it, and the slot is kNoSlot. As ModelTlb's in what gives way
  // to it: afterwards no other entry of the level answers for the address. Calls `lost(index)` too for those that are
  // still there and are not found any more, since an array before theirs answers.
  template <class Lost>
  ModelTlb::Fill insert(ModelTranslation translation, bool may_split, Lost&& lost) noexcept {
    while (!holds(translation.size)) {
      if (!may_split || translation.size == PageSize::k4K) return {};
      translation.size = static_cast<PageSize>(static_cast<unsigned>(translation.size) - 1);
    }
    ModelTlb::Fill fill;
    bool is_hiding = false;
    for (Array& array : arrays_) {
      const auto lost_here = [&](unsigned slot) { lost(array.first + slot); };
      if (array.tlb.holds(translation.size)) {
        fill = array.tlb.insert(translation, lost_here);
        fill.slot += array.first;
        is_hiding = array.hides_later;
        continue;
      }
      array.tlb.give_way(translation, lost_here);
      if (is_hiding) array.tlb.each_inside(translation, lost_here);
    }
    return fill;
  }

  template <class Lost>
  unsigned fence(const FenceOperands& operands, Lost&& lost) noexcept {
    unsigned dropped = 0;
    for (Array& array : arrays_) dropped += array.tlb.fence(operands, [&](unsigned slot) { lost(array.first + slot); });
    return dropped;
  }

  // As ModelTlb's.
  [[nodiscard]] uint64_t* time_of(unsigned index) noexcept {
    Array* of = &arrays_.front();
    for (Array& array : arrays_)
      if (index >= array.first) of = &array;
    return of->tlb.time_of(index - of->first);
  }
  [[nodiscard]] unsigned entries() const noexcept { return arrays_.empty() ? 0 : arrays_.back().first + arrays_.back().tlb.slots(); }
  [[nodiscard]] unsigned pages() const noexcept {
    unsigned pages = 0;
    for (const Array& array : arrays_) pages += array.tlb.pages();
    return pages;
  }
  template <class F>
  void each_array(F&& f) const {
    for (const Array& array : arrays_) f(array.tlb);
  }
  [[nodiscard]] const TlbLevelStats& stats() const noexcept { return stats_; }
  // Sums over the arrays.
  [[nodiscard]] TlbArrayStats array_stats() const noexcept {
    TlbArrayStats sum;
    for (const Array& array : arrays_) {
      const TlbArrayStats& one = array.tlb.stats();
      sum.hits += one.hits;
      sum.fills += one.fills;
      sum.evictions += one.evictions;
      for (size_t i = 0; i < kFenceKinds; ++i) sum.dropped[i] += one.dropped[i];
    }
    return sum;
  }

  template <class V>
  void visit_state(V& v) {
    for (Array& array : arrays_) array.tlb.visit_state(v);
    stats_.visit_state(v);
  }

 private:
  struct Array {
    ModelTlb tlb;
    unsigned first;
    bool hides_later = false;  // a later array holds smaller pages than this one's largest
  };
  [[nodiscard]] bool holds(PageSize size) const noexcept {
    for (const Array& array : arrays_)
      if (array.tlb.holds(size)) return true;
    return false;
  }

  std::vector<Array> arrays_;
  TlbLevelStats stats_;
};

}  // namespace rvx
