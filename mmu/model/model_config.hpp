// What a modelled core has: geometry of TLBs, walk cache and caches, and what things cost, in cycles.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mmu/model/replacement.hpp"
#include "mmu/types.hpp"

namespace rvx {

// Sizes of leaves, "Sv39: Page-Based 39-bit Virtual-Memory System" and its relatives; 64 KiB is Svnapot's.
enum class PageSize : uint8_t { k4K, k64K, k2M, k1G, k512G, k256T };
inline constexpr unsigned kPageSizeCount = 6;
inline constexpr uint8_t kPageShifts[kPageSizeCount] = {12, 16, 21, 30, 39, 48};
inline constexpr std::string_view kPageSizeNames[kPageSizeCount] = {"4K", "64K", "2M", "1G", "512G", "256T"};

[[nodiscard]] constexpr unsigned page_shift(PageSize size) noexcept { return kPageShifts[static_cast<unsigned>(size)]; }
[[nodiscard]] constexpr uint64_t page_bytes(PageSize size) noexcept { return uint64_t{1} << page_shift(size); }
// Of a leaf that maps `range` bytes, as WalkResult has it; what lies between two sizes counts as the smaller.
[[nodiscard]] constexpr PageSize page_size_of(uint64_t range) noexcept {
  unsigned size = kPageSizeCount - 1;
  while (size > 0 && range < uint64_t{1} << kPageShifts[size]) --size;
  return static_cast<PageSize>(size);
}

// A set of page sizes.
struct PageSizes {
  uint8_t mask = 0;
  [[nodiscard]] constexpr bool has(PageSize size) const noexcept { return mask >> static_cast<unsigned>(size) & 1; }
  constexpr void add(PageSize size) noexcept { mask = static_cast<uint8_t>(mask | 1u << static_cast<unsigned>(size)); }
  friend bool operator==(PageSizes, PageSizes) = default;
};

// The size of that name, if there is one.
[[nodiscard]] constexpr std::optional<PageSize> page_size_named(std::string_view name) noexcept {
  for (unsigned i = 0; i < kPageSizeCount; ++i)
    if (kPageSizeNames[i] == name) return static_cast<PageSize>(i);
  return {};
}

// "4K,2M"
[[nodiscard]] inline std::string names_of(PageSizes sizes) {
  std::string text;
  for (unsigned i = 0; i < kPageSizeCount; ++i)
    if (sizes.has(static_cast<PageSize>(i))) text.append(text.empty() ? "" : ",").append(kPageSizeNames[i]);
  return text;
}

// One array of a TLB level.
struct TlbConfig {
  unsigned entries = 0;  // pages it can hold
  unsigned ways = 0;     // tags in a set; 0 = fully associative
  ReplacementPolicy replacement = ReplacementPolicy::kLru;
  PageSizes page_sizes;
  unsigned sector = 1;   // neighbouring pages that share a tag

  [[nodiscard]] unsigned tags() const noexcept { return entries / sector; }
  [[nodiscard]] unsigned ways_in_use() const noexcept { return ways == 0 ? tags() : ways; }
  [[nodiscard]] unsigned sets() const noexcept { return tags() / ways_in_use(); }
};

// Arrays for different page sizes that are looked up together.
using TlbLevelConfig = std::vector<TlbConfig>;

// Pointers to page tables, found by virtual address. 0 entries: there is none.
struct WalkCacheConfig {
  unsigned entries = 0;
  unsigned ways = 0;  // 0 = fully associative
  ReplacementPolicy replacement = ReplacementPolicy::kLru;

  [[nodiscard]] unsigned ways_in_use() const noexcept { return ways == 0 ? entries : ways; }
  [[nodiscard]] unsigned sets() const noexcept { return entries / ways_in_use(); }
};

// A physically indexed, physically tagged cache.
struct CacheConfig {
  uint64_t size = 0;  // bytes
  unsigned ways = 0;  // 0 = fully associative
  unsigned line = 64; // bytes
  ReplacementPolicy replacement = ReplacementPolicy::kLru;
  bool write_back = true;      // else every store goes on to the next level
  bool write_allocate = true;  // else a store that misses leaves the cache as it is
  bool inclusive = false;      // holds all that the caches above hold

  [[nodiscard]] unsigned lines() const noexcept { return static_cast<unsigned>(size / line); }
  [[nodiscard]] unsigned ways_in_use() const noexcept { return ways == 0 ? lines() : ways; }
  [[nodiscard]] unsigned sets() const noexcept { return lines() / ways_in_use(); }
};

// The first level whose data the page-table walker sees.
enum class WalkThrough : uint8_t { kL1d, kL2, kMemory };

// Cycles, each beyond what an instruction that hits everywhere takes.
struct CycleCosts {
  unsigned instruction = 1;
  unsigned l2_tlb = 0;       // a first-level TLB miss that the second level answers
  unsigned walk_l1 = 0;      // one page-table reference, by where it is answered
  unsigned walk_l2 = 0;
  unsigned walk_memory = 0;  // also where no caches are modelled
  unsigned walk_update = 0;  // A or D written
  unsigned l2 = 0;           // a fetch, load or store that the second-level cache answers
  unsigned memory = 0;
  unsigned write_back = 0;   // a dirty line that goes to memory
  unsigned trap_entry = 0;
  unsigned trap_return = 0;
  unsigned fence = 0;        // sfence.vma
  unsigned satp = 0;
  unsigned ipi = 0;          // for the hart that sends
  unsigned shootdown = 0;    // for the hart that waits, for each one it waits for
};

struct ModelConfig {
  std::string name;
  unsigned asid_bits = 16;    // that satp holds and TLBs compare; 0 to 16
  bool global_pages = true;   // TLBs keep the G bit; else a global page is one of its ASID's
  WalkThrough walks_through = WalkThrough::kL1d;
  TlbLevelConfig l1i_tlb, l1d_tlb;  // both empty: TLBs are not modelled
  TlbLevelConfig l2_tlb;            // shared by fetches and data; empty: none
  WalkCacheConfig walk_cache;
  std::optional<CacheConfig> l1i, l1d;  // both or none
  std::optional<CacheConfig> l2;
  CycleCosts cycles;

  [[nodiscard]] bool has_tlbs() const noexcept { return !l1d_tlb.empty(); }
  [[nodiscard]] bool has_caches() const noexcept { return l1d.has_value(); }
  [[nodiscard]] uint16_t asid_mask() const noexcept { return static_cast<uint16_t>((1u << asid_bits) - 1); }
};

// What is wrong with a configuration: in which section ("l1d_tlb") and key, and what is allowed there.
// `index` counts sections of the same name.
struct ConfigProblem {
  std::string_view section;
  unsigned index = 0;
  std::string_view key;
  std::string text;
};

// The first thing that could not be built. A configuration with a problem is not to be given to any model.
[[nodiscard]] std::optional<ConfigProblem> find_problem(const ModelConfig& config);

}  // namespace rvx
