// A hart's way to memory: translation contexts with their host TLBs, the slow paths behind them, fences.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "mmu/host_tlb.hpp"
#include "mmu/model/memory_model.hpp"
#include "mmu/physical_memory.hpp"
#include "mmu/pmp.hpp"
#include "mmu/types.hpp"
#include "mmu/walker.hpp"
#include "mmu/window.hpp"

namespace rvx {

enum class Modelled : uint8_t;

enum class MemStatus : uint8_t {
  kOk,
  kDevice,  // done, and a device was involved: interrupts or deadlines may have changed
  kFault,   // see MemoryPort::fault()
};

struct MemFault {
  uint8_t code = 0;     // exception code
  uint64_t address = 0; // virtual address of the part that failed: the xtval value
};

struct MemCounters {
  uint64_t walks = 0;         // page-table walks
  uint64_t tlb_fills = 0;     // entries put into the host TLB
  uint64_t context_switches = 0;
  uint64_t flushes = 0;       // contexts cleared
  uint64_t page_flushes = 0;  // single-address fences
  uint64_t device_accesses = 0;
  uint64_t windows = 0;       // opened
  uint64_t window_fills = 0;  // mappings made in windows

  MemCounters& operator+=(const MemCounters& other) noexcept {
    walks += other.walks;
    tlb_fills += other.tlb_fills;
    context_switches += other.context_switches;
    flushes += other.flushes;
    page_flushes += other.page_flushes;
    device_accesses += other.device_accesses;
    windows += other.windows;
    window_fills += other.window_fills;
    return *this;
  }
};

class MemoryPort {
 public:
  // `view` is that of hart `hart`: it is kept pointing at the tables of the selected contexts.
  MemoryPort(PhysicalMemory& memory, HostTlbView& view, unsigned hart);
  ~MemoryPort();
  MemoryPort(const MemoryPort&) = delete;
  MemoryPort& operator=(const MemoryPort&) = delete;

  // From now on every access is the model's, too: the host TLB holds only what the model need not be told of, and
  // with `is_exact` no data at all. All that was translated is forgotten. nullptr ends it.
  void attach(MemoryModel* model, bool is_exact) noexcept;
  [[nodiscard]] MemoryModel* model() const noexcept { return model_; }
  // Bits of an address within a modelled line of code or of data; 0: no caches are modelled.
  [[nodiscard]] unsigned fetch_line_shift() const noexcept { return fetch_line_shift_; }
  [[nodiscard]] unsigned data_line_shift() const noexcept { return data_line_shift_; }
  // Bits of an address in what has an entry of its own in DataTlb::modelled_read and modelled_write.
  [[nodiscard]] unsigned modelled_shift() const noexcept { return data_line_shift_ != 0 ? data_line_shift_ : kPageShift; }
  // Translated code has been left, or runs C++: which page the next instruction is fetched from has to be looked up.
  void forget_fetched_page() noexcept;
  // The number of the line of RAM at `physical`.
  [[nodiscard]] uint32_t fetch_line_of(uint64_t physical) const noexcept {
    return static_cast<uint32_t>((physical - memory_.ram().base()) >> fetch_line_shift_);
  }
  // The next instruction is fetched from that line, and the one before it was not.
  void fetch_line(uint32_t line) noexcept;

  // Put the contexts for data and for fetch in force. Cheap when they were in force before.
  void select(const TranslationContext& data, const TranslationContext& fetch) noexcept;

  // Slow paths: translate, check, do the access and fill the host TLB. Sizes 1, 2, 4 and 8; any
  // alignment. Values are zero-extended. A store that faults has written nothing.
  [[nodiscard]] MemStatus load(uint64_t va, unsigned size, uint64_t& value) noexcept;
  [[nodiscard]] MemStatus store(uint64_t va, unsigned size, uint64_t value) noexcept;

  // A store to a page that has a mixed entry, outside the lines that hold code. False: not done.
  [[nodiscard]] bool store_beside_code(uint64_t va, unsigned size, uint64_t value) noexcept;

  // Host address for an atomic access of `size` bytes, naturally aligned, or kFault. LR asks as a
  // load, everything else as a store, and says after it that it is done: stored_at(). Devices do not
  // take atomic accesses: access fault.
  [[nodiscard]] MemStatus atomic_address(uint64_t va, unsigned size, Access access, uint8_t*& host) noexcept;
  // Bytes of RAM within one page have been stored to by a way that does not look for code there.
  void stored_at(const uint8_t* host, unsigned size) noexcept;

  // Put the page that holds [va, va + span) into the host TLB: the addend of its entry. False where it
  // cannot be there for this access, whatever the reason: two pages, a fault, a device, code, ...
  [[nodiscard]] bool prepare(uint64_t va, unsigned span, Access access, uint64_t& addend) noexcept;

  // Give the data context in force a window for that half of the address space, if its mode and the host
  // allow: HostTlbView::data->window.
  void open_window(WindowHalf half) noexcept;
  // Map the page of va, which the host TLB has, into the window, and what lies around it in the same leaf.
  // False: nothing new to map.
  bool fill_window(uint64_t va) noexcept;

  // Check the access of CBO.CLEAN, FLUSH and INVAL to the `size`-byte block that holds va.
  [[nodiscard]] MemStatus check_block(uint64_t va, unsigned size) noexcept;
  // CBO.ZERO: zero the `size`-byte block that holds va.
  [[nodiscard]] MemStatus zero_block(uint64_t va, unsigned size) noexcept;

  // Translate for fetch; fills nothing. On success `physical` is the address of the first byte.
  [[nodiscard]] MemStatus translate_fetch(uint64_t va, unsigned size, uint64_t& physical) noexcept;
  // A trap was taken: what failed to be fetched before it is another fetch from now on.
  void end_failed_fetch() noexcept { failed_fetch_ = kNoFetch; }
  // Record an access fault of a fetch that reached no memory.
  void raise_fetch_access_fault(uint64_t va) noexcept { static_cast<void>(fail(FaultKind::kAccess, Access::kFetch, va)); }
  // Whether translations of the page may be kept (no sub-page PMP).
  [[nodiscard]] bool is_fetch_cacheable(uint64_t physical) const noexcept { return pmp_.is_uniform(physical); }

  // SFENCE.VMA: `va` absent means all addresses, `asid` absent means all address spaces and global pages.
  void fence(std::optional<uint64_t> va, std::optional<uint16_t> asid) noexcept;
  // Forget everything (PMP, PBMT or A/D policy changed, state restored).
  void flush_all() noexcept;
  // Forget write entries for one physical page in every context (it holds code now).
  void drop_write_entries(uint64_t physical) noexcept;

  [[nodiscard]] Pmp& pmp() noexcept { return pmp_; }
  [[nodiscard]] const MemFault& fault() const noexcept { return fault_; }
  [[nodiscard]] const MemCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] PhysicalMemory& memory() noexcept { return memory_; }

  // Set by a store to a kWatched page; the machine looks and clears.
  bool watch_hit = false;
  // An access that the model charges for, when it has charged more than this for all but instructions, ends the hart's
  // turn (`is_stalled`), the same one on every engine.
  uint64_t most_stalls = ~uint64_t{0};
  bool is_stalled = false;
  // The machine is to look.
  [[nodiscard]] bool wants_stop() const noexcept { return watch_hit || is_stalled; }

 private:
  struct DataContext;
  struct FetchContext;

  template <class C> C& find_context(std::vector<std::unique_ptr<C>>& pool, const TranslationContext& key) noexcept;
  struct Translation {
    uint64_t physical = 0;
    uint64_t range = kPageSize;  // bytes the leaf maps
    bool is_global = false;      // the same in every address space
    bool is_dirty = false;       // stores need no other translation
    unsigned tlb_slot = kNoSlot;    // where the modelled TLB has it
    unsigned cache_slot = kNoSlot;  // where the modelled cache has the line that was touched
  };
  class Filter;
  [[nodiscard]] bool translate(const TranslationContext& context, uint64_t va, unsigned size, Access access, Translation& result) noexcept;
  [[nodiscard]] WalkResult walk_tables(const TranslationContext& context, uint64_t va, Access access, ModelWalk* steps) noexcept;
  [[nodiscard]] bool translate_modelled(const TranslationContext& context, uint64_t va, Access access, Translation& result) noexcept;
  [[nodiscard]] bool is_in_unit(uint64_t va, unsigned size) const noexcept;
  [[nodiscard]] ModelledEntry& modelled_entry(uint64_t va, Access access) noexcept;
  [[nodiscard]] uint8_t* at_hand(uint64_t va, unsigned size, Access access) noexcept;
  [[nodiscard]] uint8_t* reach_known(uint64_t va, unsigned size, Access access) noexcept;
  void fill_entry(uint64_t va, Access access, uint64_t addend, unsigned tlb_slot, unsigned cache_slot) noexcept;
  void touch(Translation& at, unsigned size, Access access) noexcept {
    if (model_ != nullptr) at.cache_slot = model_->touch(at.physical, size, access);
  }
  void fill_filter(uint64_t va, unsigned size, const Translation& to, Access access) noexcept;
  [[nodiscard]] MemStatus fail(FaultKind kind, Access access, uint64_t va) noexcept;
  void make_room_in_windows() noexcept;
  [[nodiscard]] bool claim_for_stores(uint64_t physical, uint32_t& flags) noexcept;
  void fill(uint64_t va, unsigned size, const Translation& to, Access access) noexcept;
  void renew_generation() noexcept;
  void fill_mixed(uint64_t va, const Translation& to) noexcept;
  template <class F> [[nodiscard]] MemStatus charged(F&& access) noexcept;
  [[nodiscard]] MemStatus load_unseen(uint64_t va, unsigned size, uint64_t& value) noexcept;
  [[nodiscard]] MemStatus store_unseen(uint64_t va, unsigned size, uint64_t value) noexcept;
  [[nodiscard]] MemStatus atomic_address_unseen(uint64_t va, unsigned size, Access access, uint8_t*& host) noexcept;
  [[nodiscard]] MemStatus load_within_page(uint64_t va, unsigned size, uint64_t& value) noexcept;
  [[nodiscard]] MemStatus store_physical(uint64_t va, uint64_t physical, unsigned size, uint64_t value) noexcept;

  PhysicalMemory& memory_;
  HostTlbView& view_;
  const unsigned hart_;
  Pmp pmp_;
  MemFault fault_;
  MemCounters counters_;
  uint64_t clock_ = 0;  // for choosing the context to reuse
  // The supervisor's own code is on global pages: its contexts serve every address space.
  bool supervisor_is_global_ = false;
  DataContext* data_ = nullptr;
  FetchContext* fetch_ = nullptr;
  std::vector<std::unique_ptr<DataContext>> data_pool_;
  std::vector<std::unique_ptr<FetchContext>> fetch_pool_;

  MemoryModel* model_ = nullptr;
  unsigned fetch_line_shift_ = 0, data_line_shift_ = 0;
  Modelled modelled_{};
  std::unique_ptr<Filter> filter_;  // with a model
  static constexpr uint64_t kNoFetch = 1;  // no instruction's address
  uint64_t failed_fetch_ = kNoFetch;
};

}  // namespace rvx
