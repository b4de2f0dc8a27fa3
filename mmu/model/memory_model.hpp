// A hart's modelled memory system: TLBs, walk cache and caches joined, and what every event costs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "mmu/model/cycle_account.hpp"
#include "mmu/model/model_cache.hpp"
#include "mmu/model/model_config.hpp"
#include "mmu/model/tlb_level.hpp"
#include "mmu/model/walk_cache.hpp"
#include "mmu/types.hpp"

namespace rvx {

// The first-level structures, in front of which a filter may stand.
enum class FilterSource : uint8_t { kFetchTlb, kDataTlb, kFetchCache, kDataCache };
inline constexpr size_t kFilterSources = 4;

// Whoever answers hits by itself. It may do so for what came from entry `index`, as long as it notes the time of the hit
// (MemoryModel::time_of), until it is told that the entry is gone.
class FilterListener {
 public:
  virtual ~FilterListener() = default;
  // The entry was lost, or replaced.
  virtual void leave(FilterSource source, unsigned index) noexcept = 0;
};

// The references of one page-table walk, from the root down.
struct ModelWalk {
  struct Step {
    uint64_t pte_address = 0;  // physical
    uint64_t pte = 0;
    uint8_t level = 0;
  };
  std::array<Step, 5> steps;
  unsigned count = 0;
  bool updated = false;  // A or D were written into the last entry

  void note(uint64_t pte_address, uint64_t pte, unsigned level) noexcept {
    if (count < steps.size()) steps[count++] = {pte_address, pte, static_cast<uint8_t>(level)};
  }
};

struct MemoryModelStats {
  std::array<uint64_t, 3> walks{};           // by Access, faulting ones too
  std::array<uint64_t, 5> walk_references{}; // by the entry's level
  uint64_t walk_updates = 0;
  std::array<uint64_t, kFenceKinds> fences{};

  template <class V>
  void visit_state(V& v) {
    v("walks", walks);
    v("walk_references", walk_references);
    v("walk_updates", walk_updates);
    v("fences", fences);
  }
};

class MemoryModel;

// A second-level cache and the harts above it: one's own, or one for several harts of one host thread.
struct LowerCache {
  LowerCache(const CacheConfig& config, uint64_t seed) : cache(config, seed, clock) {}
  ModelClock clock;
  ModelCache cache;
  std::vector<MemoryModel*> above;
};

class MemoryModel {
 public:
  // `config` has no problems. `shared` is a second-level cache that others use too; without it the model
  // makes its own, where the configuration has one.
  MemoryModel(const ModelConfig& config, unsigned hart, std::shared_ptr<LowerCache> shared = nullptr);
  ~MemoryModel();
  MemoryModel(const MemoryModel&) = delete;
  MemoryModel& operator=(const MemoryModel&) = delete;

  void listen(FilterListener* listener) noexcept { listener_ = listener; }

  // A translation in the first level, where it is now.
  struct Use {
    const ModelTlbEntry* entry = nullptr;  // until the next call that changes the TLB
    unsigned index = kNoSlot;              // in the TLB of fetches or of data
    explicit operator bool() const noexcept { return entry != nullptr; }
  };
  // Look va up. Nothing: walk, and say so by walked(). Where it is something the entry is the translation,
  // whatever the page tables say by now.
  [[nodiscard]] Use translate(uint64_t va, uint16_t asid, Access access) noexcept;
  // Without TLBs in the configuration there is never anything, and no walk costs anything.
  // The walk that a miss, or an entry without the rights or the D bit that are needed, led to. `found` is
  // absent where it faulted.
  Use walked(uint64_t va, uint16_t asid, Access access, const ModelWalk& walk, const std::optional<ModelTranslation>& found) noexcept;

  // A fetch, load or store of `size` bytes of cacheable memory: every line it touches. Returns the slot of
  // the last one in its first-level cache; kNoSlot where there are no caches or the line was not allocated.
  unsigned touch(uint64_t physical, unsigned size, Access access) noexcept;

  // All of these for one access within a page; returns its cycles. `walk(steps)` notes references in
  // a ModelWalk and returns the translation, absent for a fault.
  template <class Walk>
  uint64_t access(uint64_t va, uint16_t asid, unsigned size, Access access, Walk&& walk) noexcept {
    const uint64_t before = account_.total();
    if (const Use use = translate(va, asid, access)) {
      touch(use.entry->physical_of(va), size, access);
    } else {
      ModelWalk steps;
      const std::optional<ModelTranslation> found = walk(steps);
      static_cast<void>(walked(va, asid, access, steps, found));
      if (found) touch(found->physical, size, access);
    }
    return account_.total() - before;
  }

  // SFENCE.VMA by this hart, or here on behalf of another one.
  void fence(const FenceOperands& operands) noexcept;
  // Lines that a device or another hart has written to.
  void invalidate_lines(uint64_t physical, uint64_t size) noexcept;

  void retired(uint64_t instructions) noexcept { account_.charge(CycleCause::kInstruction, instructions * config_.cycles.instruction); }
  void took_trap() noexcept { account_.charge(CycleCause::kTrapEntry, config_.cycles.trap_entry); }
  void returned_from_trap() noexcept { account_.charge(CycleCause::kTrapReturn, config_.cycles.trap_return); }
  void wrote_satp() noexcept { account_.charge(CycleCause::kSatp, config_.cycles.satp); }
  void sent_ipi() noexcept { account_.charge(CycleCause::kIpi, config_.cycles.ipi); }
  void awaited_fences(unsigned harts) noexcept { account_.charge(CycleCause::kShootdown, uint64_t{harts} * config_.cycles.shootdown); }
  void enter(Priv priv) noexcept { account_.enter(priv); }

  // What goes on with every use of the first-level structures. Who notes hits by itself brings it up to what it noted.
  [[nodiscard]] ModelClock& clock() noexcept { return clock_; }
  // Where the time of a hit in this first-level entry is to be noted; nullptr: nowhere.
  [[nodiscard]] uint64_t* time_of(FilterSource source, unsigned index) noexcept {
    switch (source) {
      case FilterSource::kFetchTlb: return l1i_tlb_.time_of(index);
      case FilterSource::kDataTlb: return l1d_tlb_.time_of(index);
      case FilterSource::kFetchCache: return l1i_->time_of(index);
      default: return l1d_->time_of(index);
    }
  }
  // Whether any of the structure's entries wants that.
  [[nodiscard]] bool looks_at_hits(FilterSource source) const noexcept;
  // Whether another such access to the line in this entry of L1D would change nothing besides.
  [[nodiscard]] bool changes_only_time(unsigned index, Access access) const noexcept { return l1d_->changes_only_time(index, access == Access::kStore); }

  [[nodiscard]] const ModelConfig& config() const noexcept { return config_; }
  [[nodiscard]] const CycleAccount& account() const noexcept { return account_; }
  [[nodiscard]] const MemoryModelStats& stats() const noexcept { return stats_; }
  [[nodiscard]] const TlbLevel& l1i_tlb() const noexcept { return l1i_tlb_; }
  [[nodiscard]] const TlbLevel& l1d_tlb() const noexcept { return l1d_tlb_; }
  [[nodiscard]] const TlbLevel& l2_tlb() const noexcept { return l2_tlb_; }
  [[nodiscard]] const std::optional<WalkCache>& walk_cache() const noexcept { return walk_cache_; }
  [[nodiscard]] const std::optional<ModelCache>& l1i() const noexcept { return l1i_; }
  [[nodiscard]] const std::optional<ModelCache>& l1d() const noexcept { return l1d_; }
  [[nodiscard]] const LowerCache* l2() const noexcept { return l2_.get(); }

  // Every counter as f(name, value), cycles by cause among them; names as reports have them. Fetches
  // that hit are not counted: how often a line is asked for again is the engine's affair. Behind a filter, which
  // answers hits, loads and stores that hit are not either. A shared second level is the first hart's.
  template <class F>
  void each_counter(bool is_filtered, F&& f) const;

  // A shared second level is visited by whoever shares it.
  template <class V>
  void visit_state(V& v) {
    v("clock", clock_.now);
    account_.visit_state(v);
    stats_.visit_state(v);
    l1i_tlb_.visit_state(v);
    l1d_tlb_.visit_state(v);
    l2_tlb_.visit_state(v);
    if (walk_cache_) walk_cache_->visit_state(v);
    if (l1i_) l1i_->visit_state(v);
    if (l1d_) l1d_->visit_state(v);
    if (l2_ && !is_l2_shared_) l2_->cache.visit_state(v);
  }

 private:
  // Which level had the line.
  enum class Answer : uint8_t { kL1, kL2, kMemory };

  [[nodiscard]] TlbLevel& first_level(Access access) noexcept { return access == Access::kFetch ? l1i_tlb_ : l1d_tlb_; }
  void leave(FilterSource source, unsigned index) noexcept {
    if (listener_ != nullptr && index != kNoSlot) listener_->leave(source, index);
  }
  Use refill(Access access, const ModelTranslation& translation) noexcept;
  Answer read_pte(const ModelWalk::Step& step) noexcept;
  Answer through(ModelCache& cache, FilterSource source, uint64_t physical, bool is_store, unsigned& slot) noexcept;
  Answer below(uint64_t physical, bool is_store) noexcept;
  void write_to_lower(uint64_t line) noexcept;
  bool give_up_lines(uint64_t physical, uint64_t size) noexcept;

  const ModelConfig config_;
  FilterListener* listener_ = nullptr;
  ModelClock clock_;
  CycleAccount account_;
  MemoryModelStats stats_;
  TlbLevel l1i_tlb_, l1d_tlb_, l2_tlb_;
  std::optional<WalkCache> walk_cache_;
  std::optional<ModelCache> l1i_, l1d_;
  std::shared_ptr<LowerCache> l2_;
  bool is_l2_shared_;
};

}  // namespace rvx

#include "mmu/model/model_counters.hpp"
