// Events of hpm_events.inc as what a model of memory counts.
#include "cpu/model_counts.hpp"

#include <optional>

#include "cpu/hart.hpp"

namespace rvx {
namespace {

template <class A>
uint64_t sum(const A& counts) {
  uint64_t total = 0;
  for (const uint64_t n : counts) total += n;
  return total;
}

uint64_t misses(const TlbLevel& level, Access access) { return level.stats().misses[static_cast<size_t>(access)]; }

uint64_t misses(const std::optional<ModelCache>& cache, bool is_store) { return cache ? cache->stats().misses[is_store] : 0; }

}  // namespace

uint64_t ModelCounts::count(HpmEvent event) const noexcept {
  const MemoryModel& model = *hart_.port().model();
  const CacheStats lower = model.l2() == nullptr ? CacheStats() : model.l2()->cache.stats();
  switch (event) {
    case HpmEvent::kCycles: return hart_.cycles();
    case HpmEvent::kLastLevelAccesses: return sum(lower.accesses);
    case HpmEvent::kLastLevelMisses: return sum(lower.misses);
    case HpmEvent::kDataLoadMisses: return misses(model.l1d(), false);
    case HpmEvent::kDataStoreMisses: return misses(model.l1d(), true);
    case HpmEvent::kFetchMisses: return misses(model.l1i(), false);
    case HpmEvent::kLowerLoads: return lower.accesses[0];
    case HpmEvent::kLowerLoadMisses: return lower.misses[0];
    case HpmEvent::kLowerStores: return lower.accesses[1];
    case HpmEvent::kLowerStoreMisses: return lower.misses[1];
    case HpmEvent::kDataTlbLoadMisses: return misses(model.l1d_tlb(), Access::kLoad);
    case HpmEvent::kDataTlbStoreMisses: return misses(model.l1d_tlb(), Access::kStore);
    case HpmEvent::kFetchTlbMisses: return misses(model.l1i_tlb(), Access::kFetch);
    case HpmEvent::kWalks: return sum(model.stats().walks);
    case HpmEvent::kWalkReferences: return sum(model.stats().walk_references);
    case HpmEvent::kLowerTlbMisses: return sum(model.l2_tlb().stats().misses);
    default: return 0;
  }
}

}  // namespace rvx
