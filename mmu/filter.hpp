// Which entries of a hart's host TLBs stand for which of its model's, so that they go when those do.
#pragma once

#include <cstdint>
#include <vector>

#include "mmu/contexts.hpp"
#include "mmu/model/memory_model.hpp"

namespace rvx {

// The host TLB answers what the model need not be told of: a hit that would change nothing there. Several of its
// entries may stand for one of the model's (contexts, and pages of a superpage), and one for two: a line's for the
// translation and for the line in the cache.
class MemoryPort::Filter final : public FilterListener {
 public:
  Filter(MemoryPort& port, MemoryModel& model, bool is_exact);
  ~Filter() override;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // Accesses through `entry` may go unseen as long as these hits have no effect. kNoSlot: not in a TLB, no cache.
  void stands_for(TlbEntry& entry, unsigned tlb_slot, unsigned cache_slot);
  [[nodiscard]] bool may_answer(const Translation& to, Access access) const noexcept;
  // The page of va was looked up for a fetch and is about to be, or is, in the context's table.
  void fetched(FetchContext& context, uint64_t va, unsigned tlb_slot);
  // A line of code was touched.
  void fetched_line(uint32_t line, unsigned cache_slot) noexcept;

  void leave(FilterSource source, unsigned index) noexcept override;

 private:
  struct Page {
    FetchContext* context;
    uint64_t va;
  };
  using Entries = std::vector<TlbEntry*>;  // pools never give up a context, so the tables stay where they are

  void drop(Entries& entries) noexcept;
  void drop(std::vector<Page>& pages) noexcept;

  MemoryPort& port_;
  MemoryModel& model_;
  const bool is_exact_;
  // By index in the first-level structure.
  std::vector<Entries> by_data_tlb_, by_data_cache_;
  std::vector<std::vector<Page>> by_fetch_tlb_;
  std::vector<uint32_t> line_of_;
  std::vector<Page> last_fetched_;  // exactly: the page that is being run
  uint8_t* is_line_at_hand_ = nullptr;
  size_t lines_ = 0;
};

}  // namespace rvx
