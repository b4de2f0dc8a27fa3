// The names of a memory model's counters: what statistics, reports and claims of labs call them.
#pragma once

#include <string>

#include "mmu/model/memory_model.hpp"

namespace rvx {

template <class F>
void MemoryModel::each_counter(bool is_filtered, F&& f) const {
  static constexpr const char* kAccessNames[] = {"fetch", "load", "store"};
  static constexpr const char* kFenceNames[] = {"all", "asid", "address", "address-asid"};
  const auto by_access = [&](const std::string& name, const char* what, const std::array<uint64_t, 3>& values, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) f(name + "." + kAccessNames[i] + "-" + what, values[i]);
  };
  const auto by_fence = [&](const std::string& name, const std::array<uint64_t, kFenceKinds>& values) {
    for (size_t i = 0; i < kFenceKinds; ++i) f(name + "-" + kFenceNames[i], values[i]);
  };
  const auto tlb = [&](const std::string& name, const TlbLevel& level, size_t from, size_t to, bool is_hidden) {
    if (!level.is_modelled()) return;
    if (!is_hidden) by_access(name, "lookups", level.stats().lookups, from, to);
    by_access(name, "misses", level.stats().misses, from, to);
    const TlbArrayStats sum = level.array_stats();
    f(name + ".fills", sum.fills);
    f(name + ".evictions", sum.evictions);
    by_fence(name + ".dropped", sum.dropped);
  };
  const auto cache = [&](const std::string& name, const ModelCache* of, bool is_fetch, bool is_hidden) {
    if (of == nullptr) return;
    const CacheStats& stats = of->stats();
    if (!is_hidden && !is_fetch) f(name + ".loads", stats.accesses[0]);
    f(name + (is_fetch ? ".fetch-misses" : ".load-misses"), stats.misses[0]);
    if (!is_fetch && !is_hidden) f(name + ".stores", stats.accesses[1]);
    if (!is_fetch) f(name + ".store-misses", stats.misses[1]);
    f(name + ".evictions", stats.evictions);
    if (!is_fetch) f(name + ".dirty-evictions", stats.dirty_evictions);
    f(name + ".invalidations", stats.invalidations);
  };

  f(std::string("cycles"), account_.total());
  for (size_t i = 0; i < kCycleCauseCount; ++i) f("cycles." + std::string(kCycleCauses[i].name), account_.of(static_cast<CycleCause>(i)));
  f(std::string("cycles-in.u"), account_.of(Priv::kU));
  f(std::string("cycles-in.s"), account_.of(Priv::kS));
  f(std::string("cycles-in.m"), account_.of(Priv::kM));
  by_fence("fences", stats_.fences);
  if (config_.has_tlbs()) {
    by_access("mmu", "walks", stats_.walks, 0, 3);
    for (size_t i = 0; i < stats_.walk_references.size(); ++i) f("mmu.walk-references-level-" + std::to_string(i), stats_.walk_references[i]);
    f(std::string("mmu.walk-updates"), stats_.walk_updates);
  }
  tlb("l1i-tlb", l1i_tlb_, 0, 1, true);
  tlb("l1d-tlb", l1d_tlb_, 1, 3, is_filtered);
  tlb("l2-tlb", l2_tlb_, 0, 3, false);
  if (walk_cache_) {
    f(std::string("walk-cache.lookups"), walk_cache_->stats().lookups);
    f(std::string("walk-cache.hits"), walk_cache_->stats().hits);
    f(std::string("walk-cache.fills"), walk_cache_->stats().fills);
    f(std::string("walk-cache.evictions"), walk_cache_->stats().evictions);
    by_fence("walk-cache.dropped", walk_cache_->stats().dropped);
  }
  cache("l1i", l1i_ ? &*l1i_ : nullptr, true, true);
  cache("l1d", l1d_ ? &*l1d_ : nullptr, false, is_filtered);
  cache("l2", l2_ && (!is_l2_shared_ || l2_->above.front() == this) ? &l2_->cache : nullptr, false, false);
}

}  // namespace rvx
