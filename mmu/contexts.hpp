// What a hart keeps for each address space it has used lately: host TLBs, a window, and what a fence must find.
#pragma once

#include <array>
#include <bit>
#include <bitset>
#include <cstdint>
#include <memory>

#include "mmu/memory_port.hpp"

namespace rvx {

inline constexpr unsigned kRegionShift = 21;  // 2 MiB: the granularity at which large leaves are remembered
inline constexpr uint64_t kRegion = uint64_t{1} << kRegionShift;

// Which numbers have been noted, and by accident hardly any other: kernels fence for very many pages, and
// taking one for a page of code or a large leaf is dear.
class Seen {
 public:
  void note(uint64_t number) noexcept { bits_[first(number)] = bits_[second(number)] = true; }
  [[nodiscard]] bool may_have(uint64_t number) const noexcept { return bits_[first(number)] && bits_[second(number)]; }
  void forget() noexcept { bits_.reset(); }

 private:
  static constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;
  static constexpr size_t kBits = 32768;
  static size_t first(uint64_t number) noexcept { return (number * kGolden) >> 49; }
  static size_t second(uint64_t number) noexcept { return (number * kGolden >> 34) % kBits; }
  std::bitset<kBits> bits_;
};

// What of a context's memory is modelled.
enum class Modelled : uint8_t { kNothing, kCachesAlone, kTlbs };

// State shared by both kinds of context: the key, and which regions have entries made from leaves
// larger than 4 KiB, so that a fence for one address finds all of them.
struct ContextBase {
  TranslationContext key;
  uint64_t last_use = 0;
  Seen large_regions;
  // Leaves above 2 MiB: the first few by address and size, then none by itself.
  struct Leaf {
    uint64_t base;
    uint64_t range;
  };
  std::array<Leaf, 8> huge{};
  size_t huge_count = 0;

  void note_leaf(uint64_t va, uint64_t range) noexcept {
    if (range <= kPageSize) return;
    if (range > kRegion) {
      if (is_in_huge(va)) return;
      if (huge_count < huge.size()) huge[huge_count] = {va & ~(range - 1), range};
      ++huge_count;
      return;
    }
    large_regions.note(va >> kRegionShift);
  }
  // Whether a fence for `va` concerns a leaf above 2 MiB: then the whole context goes.
  [[nodiscard]] bool is_in_huge(uint64_t va) const noexcept {
    if (huge_count > huge.size()) return true;
    for (size_t i = 0; i < huge_count; ++i)
      if (va - huge[i].base < huge[i].range) return true;
    return false;
  }
  [[nodiscard]] bool may_hold_large(uint64_t va) const noexcept { return large_regions.may_have(va >> kRegionShift); }
  void forget_leaves() noexcept {
    large_regions.forget();
    huge_count = 0;
  }
};

// Which entries of a table of the host TLB come from pages that belong to one address space alone.
class OwnEntries {
 public:
  void note(size_t slot, bool is_global) noexcept {
    const uint64_t bit = uint64_t{1} << (slot & 63);
    if (is_global) words_[slot >> 6] &= ~bit;
    else words_[slot >> 6] |= bit;
  }
  void drop(std::array<TlbEntry, kDataTlbEntries>& table) noexcept {
    for (size_t i = 0; i < words_.size(); ++i)
      for (uint64_t& word = words_[i]; word != 0; word &= word - 1) table[64 * i + static_cast<size_t>(std::countr_zero(word))].tag = kInvalidTag;
  }

 private:
  std::array<uint64_t, kDataTlbEntries / 64> words_{};
};

struct MemoryPort::DataContext : ContextBase {
  DataTlb tlb;
  OwnEntries own_read, own_write;
  std::unique_ptr<Window> window;
  bool has_own_in_window = false;
  const Modelled modelled;
  explicit DataContext(Modelled what) : modelled(what) {
    clear();
    clear_modelled();
  }
  void clear_modelled() noexcept {
    if (modelled == Modelled::kNothing) return;
    tlb.modelled_read.fill({kInvalidTag, 0, nullptr, nullptr});
    tlb.modelled_write.fill({kInvalidTag, 0, nullptr, nullptr});
  }
  // The host TLB's own translations are dropped. A modelled TLB says by itself what it loses.
  void translations_dropped() noexcept {
    if (modelled == Modelled::kCachesAlone) clear_modelled();
  }
  void clear() noexcept {
    tlb.read.fill({kInvalidTag, 0});
    tlb.write.fill({kInvalidTag, 0});
    translations_dropped();
    tlb.mixed.fill({kInvalidTag, 0, nullptr});
    tlb.heat = 0;
    drop_window();
    forget_leaves();
  }
  // The page of va, for one address space (`for_one`) or for all.
  void drop(uint64_t va, bool for_one) noexcept {
    const uint64_t page = va & ~kPageMask;
    if (is_in_huge(va)) return clear();
    tlb.mixed.fill({kInvalidTag, 0, nullptr});
    translations_dropped();
    const bool is_large = may_hold_large(va);
    if (window != nullptr && (has_own_in_window || !for_one)) window->drop(is_large ? va & ~(kRegion - 1) : page, is_large ? kRegion : kPageSize);
    if (is_large) {
      const uint64_t region = va >> kRegionShift;
      for (auto* table : {&tlb.read, &tlb.write})
        for (TlbEntry& e : *table)
          if (e.tag >> kRegionShift == region) e.tag = kInvalidTag;
      return;
    }
    for (auto* table : {&tlb.read, &tlb.write})
      if (TlbEntry& e = tlb_slot(*table, page); e.tag == page) e.tag = kInvalidTag;
  }
  // What belongs to the address space alone.
  void drop_own() noexcept {
    own_read.drop(tlb.read);
    own_write.drop(tlb.write);
    translations_dropped();
    tlb.mixed.fill({kInvalidTag, 0, nullptr});
    if (has_own_in_window) drop_window();
  }
  void drop_window() noexcept {
    if (window != nullptr) window->clear();
    has_own_in_window = false;
  }
  void close_window() noexcept {
    window.reset();
    has_own_in_window = false;
    tlb.window = {};
  }
};

struct MemoryPort::FetchContext : ContextBase {
  FetchTlb tlb;
  uint64_t generation = 0;
  Seen fetched;               // pages
  bool has_own = false;       // it may hold pages that belong to one address space alone
  explicit FetchContext(Modelled) { clear(); }
  void clear_modelled() noexcept {}
  void clear() noexcept {
    tlb.entry.fill({kInvalidTag, nullptr});
    tlb.forget_jumps();
    forget_leaves();
    fetched.forget();
    has_own = false;
    generation = 0;
  }
  void drop_own() noexcept {
    if (has_own) clear();
  }
  void note_fetch(uint64_t va) noexcept { fetched.note(va >> kPageShift); }
  [[nodiscard]] bool may_have_fetched(uint64_t va) const noexcept { return fetched.may_have(va >> kPageShift); }
  void close_window() noexcept {}
  // For one address space (`for_one`) or all.
  void drop(uint64_t va, bool for_one) noexcept {
    const uint64_t page = va & ~kPageMask;
    if (for_one && !has_own) return;  // Global pages are not meant.
    if (is_in_huge(va)) return clear();
    if (!may_hold_large(va) && !may_have_fetched(va)) return;
    tlb.forget_jumps();
    generation = 0;
    if (may_hold_large(va)) {
      for (FetchEntry& e : tlb.entry)
        if (e.tag >> kRegionShift == va >> kRegionShift) e.tag = kInvalidTag;
      return;
    }
    if (FetchEntry& e = fetch_slot(tlb, page); e.tag == page) e.tag = kInvalidTag;
  }
};

}  // namespace rvx
