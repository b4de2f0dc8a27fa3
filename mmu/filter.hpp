// Which entries of a hart's host TLBs stand for which of its model's, so that they go when those do.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mmu/contexts.hpp"
#include "mmu/model/memory_model.hpp"

namespace rvx {

// What the host TLB finds is a hit that changes nothing in the model but the time of its entry's last use, which it notes.
// Several of its entries may stand for one of the model's (contexts, and pages of a superpage), and one for two: a
// line's for the translation and for the line in the cache.
class MemoryPort::Filter final : public FilterListener {
 public:
  Filter(MemoryPort& port, MemoryModel& model, bool is_exact);
  ~Filter() override;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // Whether the host TLB may have an entry for such accesses to the line that now is in this place of the cache.
  [[nodiscard]] bool may_answer(unsigned cache_slot, Access access) const noexcept;
  // A new entry with this tag and addend, for what the model has in these places. kNoSlot: not in a TLB, no cache.
  void fill(ModelledEntry& entry, uint64_t tag, uint64_t addend, unsigned tlb_slot, unsigned cache_slot);
  // The page of va was looked up for a fetch and is about to be, or is, in the context's table.
  void fetched(FetchContext& context, uint64_t va, unsigned tlb_slot);
  // The next fetch is to be looked up.
  void forget_fetched_page() noexcept;
  // A translation for data that was found in the modelled TLB and may be answered from there again, or that is the same
  // for all time, by the context's address and the page; nullptr: there is none.
  struct KnownPage {
    const DataContext* context = nullptr;
    uint64_t page = 0;
    uint32_t generation = 0;  // of the slot
    uint64_t* time = nullptr;
    Translation to;           // of the page's first byte
    uint64_t addend = 0;      // from addresses to where the host has the bytes, if nothing but the model need be asked
  };
  [[nodiscard]] const KnownPage* known_page(const DataContext& context, uint64_t va, Access access) const noexcept;
  // A context serves another address space, or what translations depend on has changed.
  void forget_pages() noexcept { known_ = {}; }
  void learn_page(const DataContext& context, uint64_t va, Access access, const Translation& to) noexcept;
  // Such accesses to RAM are allowed all over the page, which is known or not, and nobody watches them.
  void learn_addend(const DataContext& context, uint64_t va, Access access, uint64_t addend) noexcept;
  // A line of code was touched.
  void fetched_line(uint32_t line, unsigned cache_slot) noexcept;

  void leave(FilterSource source, unsigned index) noexcept override;

 private:
  struct Page {
    FetchContext* context;
    uint64_t va;
    friend bool operator==(const Page&, const Page&) = default;
  };
  // Pools never give up a context, so the tables stay where they are. What is listed may stand for something else by now,
  // and goes all the same: to look would take longer.
  using PageEntries = std::vector<ModelledEntry*>;
  using LineEntries = std::array<ModelledEntry*, 2>;  // as a rule those for loads and for stores; any or none is nullptr

  // Where hits in each of its entries are noted.
  void learn_times(FilterSource source, unsigned entries);
  [[nodiscard]] uint64_t* time_of(FilterSource source, unsigned index) noexcept {
    return index == kNoSlot ? &unread_time_ : times_[static_cast<size_t>(source)][index];
  }
  [[nodiscard]] static size_t place_of(uint64_t va, Access access) noexcept {
    return (va >> kPageShift) % kKnownPages + (access == Access::kStore ? kKnownPages : 0);
  }
  [[nodiscard]] uint32_t generation_of(unsigned tlb_slot) const noexcept { return tlb_slot == kNoSlot ? 0 : generations_[tlb_slot]; }
  void note_page(unsigned tlb_slot, ModelledEntry& entry);
  void drop_page(unsigned tlb_slot) noexcept;
  void note_line(unsigned cache_slot, ModelledEntry& entry) noexcept;
  void drop_line(unsigned cache_slot) noexcept;
  void drop(std::vector<Page>& pages) noexcept;

  MemoryPort& port_;
  MemoryModel& model_;
  const bool is_exact_;
  // Every change of page is to be seen, since hits count; translated code sees those that it makes by itself.
  const bool watches_pages_;
  uint64_t unread_time_ = 0;  // where nobody looks
  // By index in the first-level structure.
  std::array<std::vector<uint64_t*>, kFilterSources> times_;
  std::vector<PageEntries> by_data_tlb_;
  std::vector<LineEntries> by_data_cache_;
  std::vector<std::vector<Page>> by_fetch_tlb_;
  std::vector<uint32_t> line_of_;
  Page last_fetched_{};
  static constexpr size_t kKnownPages = 256;  // for loads, and for stores
  std::array<KnownPage, 2 * kKnownPages> known_;
  std::vector<uint32_t> generations_;        // by slot of the data TLB: another one after every loss
  uint64_t** line_time_ = nullptr;
  size_t lines_ = 0;
};

}  // namespace rvx
