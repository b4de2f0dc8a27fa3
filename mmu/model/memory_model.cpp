// How an access passes through the modelled levels, and what it is charged for on the way.
#include "mmu/model/memory_model.hpp"

#include <algorithm>

#include "mmu/walker.hpp"

namespace rvx {
namespace {

// Different random sequences for every structure of every hart, the same in every run.
constexpr uint64_t seed_of(unsigned hart, unsigned structure) { return (uint64_t{hart} + 1) << 32 | structure << 8; }

[[nodiscard]] bool is_pointer(const ModelWalk::Step& step) {
  return step.level > 0 && (step.pte & (pte::kV | pte::kR | pte::kW | pte::kX)) == pte::kV;
}

}  // namespace

MemoryModel::MemoryModel(const ModelConfig& config, unsigned hart, std::shared_ptr<LowerCache> shared)
    : config_(config),
      l1i_tlb_(config.l1i_tlb, config.asid_bits, config.global_pages, seed_of(hart, 1), clock_),
      l1d_tlb_(config.l1d_tlb, config.asid_bits, config.global_pages, seed_of(hart, 2), clock_),
      l2_tlb_(config.l2_tlb, config.asid_bits, config.global_pages, seed_of(hart, 3), clock_),
      l2_(std::move(shared)),
      is_l2_shared_(l2_ != nullptr) {
  if (config.walk_cache.entries != 0) walk_cache_.emplace(config.walk_cache, config.asid_bits, config.global_pages, seed_of(hart, 4), clock_);
  if (config.l1i) l1i_.emplace(*config.l1i, seed_of(hart, 5), clock_);
  if (config.l1d) l1d_.emplace(*config.l1d, seed_of(hart, 6), clock_);
  if (!l2_ && config.l2) l2_ = std::make_shared<LowerCache>(*config.l2, seed_of(hart, 7));
  if (l2_) l2_->above.push_back(this);
}

MemoryModel::~MemoryModel() {
  if (l2_) std::erase(l2_->above, this);
}

// --- Translation ------------------------------------------------------------------------------------

MemoryModel::Use MemoryModel::translate(uint64_t va, uint16_t asid, Access access) noexcept {
  if (const ModelTlb::Hit hit = first_level(access).lookup(va, asid, access)) return {hit.entry, hit.slot};
  if (!l2_tlb_.is_modelled()) return {};
  const ModelTlb::Hit second = l2_tlb_.lookup(va, asid, access);
  if (!second) return {};
  account_.charge(CycleCause::kL2Tlb, config_.cycles.l2_tlb);
  return refill(access, {.va = va,
                         .physical = second.entry->physical_of(va),
                         .leaf = second.entry->leaf,
                         .asid = asid,
                         .is_global = second.entry->is_global,
                         .size = second.entry->size});
}

MemoryModel::Use MemoryModel::refill(Access access, const ModelTranslation& translation) noexcept {
  const auto source = access == Access::kFetch ? FilterSource::kFetchTlb : FilterSource::kDataTlb;
  const ModelTlb::Fill fill = first_level(access).insert(translation, true, [&](unsigned index) { leave(source, index); });
  if (fill.replaced) leave(source, fill.slot);
  return {fill.entry, fill.slot};
}

MemoryModel::Answer MemoryModel::read_pte(const ModelWalk::Step& step) noexcept {
  if (!config_.has_caches() || config_.walks_through == WalkThrough::kMemory) return Answer::kMemory;
  unsigned slot = kNoSlot;
  if (config_.walks_through == WalkThrough::kL1d) return through(*l1d_, FilterSource::kDataCache, step.pte_address, false, slot);
  return below(step.pte_address, false);
}

MemoryModel::Use MemoryModel::walked(uint64_t va, uint16_t asid, Access access, const ModelWalk& walk,
                                     const std::optional<ModelTranslation>& found) noexcept {
  if (!config_.has_tlbs()) return {};
  ++stats_.walks[static_cast<size_t>(access)];
  const int known = walk_cache_ ? walk_cache_->lookup(va, asid) : -1;
  bool is_global = false;
  for (unsigned i = 0; i < walk.count; ++i) {
    const ModelWalk::Step& step = walk.steps[i];
    // G of a pointer holds for all below it.
    if (is_pointer(step) && (step.pte & pte::kG)) is_global = true;
    // The last entry is read even where a pointer is known that it has replaced.
    if (known >= 0 && step.level >= known && i + 1 != walk.count) continue;
    ++stats_.walk_references[step.level];
    switch (read_pte(step)) {
      case Answer::kL1: account_.charge(CycleCause::kWalkL1, config_.cycles.walk_l1); break;
      case Answer::kL2: account_.charge(CycleCause::kWalkL2, config_.cycles.walk_l2); break;
      case Answer::kMemory: account_.charge(CycleCause::kWalkMemory, config_.cycles.walk_memory); break;
    }
    if (walk_cache_ && is_pointer(step)) walk_cache_->insert(va, asid, step.level, is_global);
  }
  if (walk.updated && walk.count != 0) {
    ++stats_.walk_updates;
    account_.charge(CycleCause::kWalkUpdate, config_.cycles.walk_update);
    const uint64_t address = walk.steps[walk.count - 1].pte_address;
    unsigned slot = kNoSlot;
    if (config_.has_caches() && config_.walks_through == WalkThrough::kL1d) {
      through(*l1d_, FilterSource::kDataCache, address, true, slot);
    } else if (config_.has_caches() && config_.walks_through == WalkThrough::kL2) {
      below(address, true);
    }
  }
  if (!found) return {};
  if (l2_tlb_.is_modelled()) l2_tlb_.insert(*found, false, [](unsigned) {});
  return refill(access, *found);
}

void MemoryModel::fence(const FenceOperands& operands) noexcept {
  ++stats_.fences[static_cast<size_t>(kind_of(operands))];
  account_.charge(CycleCause::kFence, config_.cycles.fence);
  l1i_tlb_.fence(operands, [&](unsigned index) { leave(FilterSource::kFetchTlb, index); });
  l1d_tlb_.fence(operands, [&](unsigned index) { leave(FilterSource::kDataTlb, index); });
  l2_tlb_.fence(operands, [](unsigned) {});
  if (walk_cache_) walk_cache_->fence(operands);
}

// --- Caches -----------------------------------------------------------------------------------------

inline void MemoryModel::write_to_lower(uint64_t line) noexcept {
  if (l2_ && l2_->cache.mark_dirty(line)) return;
  account_.charge(CycleCause::kWriteBack, config_.cycles.write_back);
}

// A line in what lies below the first level.
inline MemoryModel::Answer MemoryModel::below(uint64_t physical, bool is_store) noexcept {
  if (!l2_) return Answer::kMemory;
  const ModelCache::Outcome outcome = l2_->cache.access(physical, is_store);
  if (outcome.evicted) {
    bool is_dirty = outcome.victim_is_dirty;
    if (l2_->cache.config().inclusive)
      for (MemoryModel* hart : l2_->above) is_dirty |= hart->give_up_lines(outcome.victim, l2_->cache.line_bytes());
    if (is_dirty) account_.charge(CycleCause::kWriteBack, config_.cycles.write_back);
  }
  return outcome.hit ? Answer::kL2 : Answer::kMemory;
}

// A line through a first-level cache: who had it. `slot` is where it is now.
inline MemoryModel::Answer MemoryModel::through(ModelCache& cache, FilterSource source, uint64_t physical, bool is_store, unsigned& slot) noexcept {
  const ModelCache::Outcome outcome = cache.access(physical, is_store);
  slot = outcome.slot;
  if (outcome.evicted) leave(source, outcome.slot);
  // First the victim, so that the level below has its data when it loses the line itself.
  if (outcome.victim_is_dirty) write_to_lower(outcome.victim);
  const bool passes_on = is_store && (!cache.config().write_back || outcome.slot == kNoSlot);
  if (outcome.hit) {
    if (passes_on && l2_) below(physical, true);  // through a buffer, that nobody waits for
    return Answer::kL1;
  }
  return below(physical, passes_on);
}

unsigned MemoryModel::touch(uint64_t physical, unsigned size, Access access) noexcept {
  if (!config_.has_caches() || size == 0) return kNoSlot;
  const bool is_fetch = access == Access::kFetch;
  ModelCache& cache = is_fetch ? *l1i_ : *l1d_;
  const auto source = is_fetch ? FilterSource::kFetchCache : FilterSource::kDataCache;
  unsigned slot = kNoSlot;
  if (l2_) l2_->cache.prefetch(physical);  // hits of the first level are mostly answered elsewhere
  const uint64_t bytes = cache.line_bytes(), last = physical + size - 1;
  for (uint64_t line = physical & ~(bytes - 1); line <= last; line += bytes) {
    const Answer answer = through(cache, source, line, access == Access::kStore, slot);
    if (answer == Answer::kL1) continue;
    const bool is_memory = answer == Answer::kMemory;
    const auto cause = static_cast<unsigned>(CycleCause::kFetchL2) + 2 * static_cast<unsigned>(access) + is_memory;
    account_.charge(static_cast<CycleCause>(cause), is_memory ? config_.cycles.memory : config_.cycles.l2);
  }
  return slot;
}

// Lose lines from the first level; whether one was dirty.
bool MemoryModel::give_up_lines(uint64_t physical, uint64_t size) noexcept {
  bool was_dirty = false;
  const auto lose = [&](std::optional<ModelCache>& cache, FilterSource source) {
    if (!cache) return;
    const uint64_t bytes = cache->line_bytes();
    for (uint64_t line = physical & ~(bytes - 1); line < physical + size; line += bytes) {
      const ModelCache::Lost lost = cache->invalidate(line);
      leave(source, lost.slot);
      was_dirty |= lost.was_dirty;
    }
  };
  lose(l1i_, FilterSource::kFetchCache);
  lose(l1d_, FilterSource::kDataCache);
  return was_dirty;
}

void MemoryModel::invalidate_lines(uint64_t physical, uint64_t size) noexcept {
  give_up_lines(physical, size);
  if (!l2_) return;
  const uint64_t bytes = l2_->cache.line_bytes();
  for (uint64_t line = physical & ~(bytes - 1); line < physical + size; line += bytes) l2_->cache.invalidate(line);
}

bool MemoryModel::looks_at_hits(FilterSource source) const noexcept {
  const auto in_tlb = [](const TlbLevelConfig& level) {
    return std::any_of(level.begin(), level.end(), [](const TlbConfig& array) { return rvx::looks_at_hits(array.replacement); });
  };
  switch (source) {
    case FilterSource::kFetchTlb: return in_tlb(config_.l1i_tlb);
    case FilterSource::kDataTlb: return in_tlb(config_.l1d_tlb);
    case FilterSource::kFetchCache: return config_.l1i && rvx::looks_at_hits(config_.l1i->replacement);
    default: return config_.l1d && rvx::looks_at_hits(config_.l1d->replacement);
  }
}

}  // namespace rvx
