// The host TLB: guest pages to host addresses, for speed alone. Invisible to the guest.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "mmu/types.hpp"

namespace rvx {

// One translation. An access of n bytes at va hits when the page of va + n - 1 equals the tag of the
// entry that va's page selects: an access over two pages never does. Permissions, devices, pages
// that hold code and watched pages are all simply absent.
struct TlbEntry {
  uint64_t tag;     // virtual address of the page; kInvalidTag matches nothing
  uint64_t addend;  // host address = va + addend
};

// Neither a page or line nor a jump's target; and not what is left of an address when translated atomics keep
// its page or line and its lowest three bits, to see whether it is aligned.
inline constexpr uint64_t kInvalidTag = 0x809;
inline constexpr unsigned kDataTlbEntries = 1024;
inline constexpr unsigned kModelledBits = 12, kModelledEntries = 1u << kModelledBits;  // eight times the lines of a cache of 32 KiB
inline constexpr unsigned kFetchTlbEntries = 1024;

// What a page of guest code is known by in the engines.
struct CodePage;

struct FetchEntry {
  uint64_t tag;    // virtual address of the page
  CodePage* page;  // its translated code
};

// A page that holds code beside data: writable line by line.
struct MixedEntry {
  uint64_t tag;
  uint64_t addend;
  const std::atomic<uint64_t>* lines;  // bit n: the page's n-th 64-byte line may hold translated code
};
inline constexpr unsigned kMixedTlbEntries = 16;

// What a model leaves to whoever finds it here, a page or a line of a cache: the tag is its virtual address, which selects
// its entry too. Each hit notes the time in both places.
struct ModelledEntry {
  uint64_t tag;
  uint64_t addend;
  uint64_t* tlb_time;    // of the modelled TLB's entry
  uint64_t* cache_time;  // of the modelled line
};

struct DataTlb {
  std::array<TlbEntry, kDataTlbEntries> read;
  std::array<TlbEntry, kDataTlbEntries> write;
  std::array<MixedEntry, kMixedTlbEntries> mixed;
  // Base of the context's Window, by half of the address space, 0 = it has none there. One at most is not 0.
  std::array<uint64_t, 2> window{};
  // With a model these are used instead of `read` and `write`. Never read, nor cleared, without one.
  std::array<ModelledEntry, kModelledEntries> modelled_read;
  std::array<ModelledEntry, kModelledEntries> modelled_write;
  uint64_t heat = 0;    // guest instructions that translated code has run in this context since it was last cleared
};

// Where translated code for a virtual address starts. Written and read by translated code and its
// runtime alone; the memory port empties it whenever a mapping of its context may have changed.
struct JumpEntry {
  uint64_t va;       // kInvalidTag where there is none
  const void* code;
};
inline constexpr unsigned kJumpEntries = 16384;  // a kernel that forks and executes uses some 4,000 targets
inline constexpr unsigned kJumpFold = 11;        // many targets are the first of their pages

struct FetchTlb {
  std::array<FetchEntry, kFetchTlbEntries> entry;
  std::array<JumpEntry, kJumpEntries> jump;
  // By the same slots, with a model: where the time of a fetch from the target's page is noted. Else not read.
  std::array<uint64_t*, kJumpEntries> jump_time;
  std::vector<uint16_t> used_jumps;  // the slots that are not empty: emptying all would take longer than what they save

  FetchTlb() {
    entry.fill({kInvalidTag, nullptr});
    jump.fill({kInvalidTag, nullptr});
  }
  [[nodiscard]] static size_t jump_slot(uint64_t va) noexcept { return ((va ^ va >> kJumpFold) >> 1) & (kJumpEntries - 1); }
  // `time`: with a model, where the time of fetches from va's page is noted.
  void note_jump(uint64_t va, const void* code, uint64_t* time) {
    JumpEntry& slot = jump[jump_slot(va)];
    if (slot.va == kInvalidTag) used_jumps.push_back(static_cast<uint16_t>(jump_slot(va)));
    slot = {va, code};
    if (time != nullptr) jump_time[jump_slot(va)] = time;
  }
  void forget_jumps() noexcept {
    for (const uint16_t slot : used_jumps) jump[slot] = {kInvalidTag, nullptr};
    used_jumps.clear();
  }
};

// No line of RAM.
inline constexpr uint32_t kNoLine = ~uint32_t{0};

// The tables of the contexts in force; a hart's fast paths read these and nothing else.
struct HostTlbView {
  DataTlb* data = nullptr;
  FetchTlb* fetch = nullptr;
  // Another number for every context and after every loss of translations: while it is the same, a
  // virtual address that was fetched from is still mapped to the same memory. Never 0.
  uint64_t fetch_generation = 0;
  // Where a first-level instruction cache is modelled: the line of RAM, by number, that the last instruction was
  // fetched from, and by such numbers where the time of a fetch is noted, or nullptr: the model is to be told of it.
  uint32_t fetched_line = kNoLine;
  // With a model: translated code went to other pages, so that it is not known which one was fetched from last.
  bool has_moved = false;
  uint64_t* const* line_time = nullptr;
  uint64_t* page_time = nullptr;  // of the page that the model was told of last
};

[[nodiscard]] inline TlbEntry& tlb_slot(std::array<TlbEntry, kDataTlbEntries>& table, uint64_t va) noexcept {
  return table[(va >> kPageShift) & (kDataTlbEntries - 1)];
}
[[nodiscard]] inline const TlbEntry& tlb_slot(const std::array<TlbEntry, kDataTlbEntries>& table, uint64_t va) noexcept {
  return table[(va >> kPageShift) & (kDataTlbEntries - 1)];
}
// Whether more bits of an address than the lowest select an entry, of what has `shift` bits within it: as with lines, since
// arrays that are used together are often powers of two apart. Translated code has 32 bits of the address.
[[nodiscard]] constexpr bool is_folded(unsigned shift) noexcept { return shift + 2 * kModelledBits <= 32; }
[[nodiscard]] inline ModelledEntry& modelled_slot(std::array<ModelledEntry, kModelledEntries>& table, uint64_t va, unsigned shift) noexcept {
  const uint64_t unit = va >> shift;
  return table[(is_folded(shift) ? unit ^ unit >> kModelledBits : unit) & (kModelledEntries - 1)];
}
[[nodiscard]] inline const MixedEntry& mixed_slot(const std::array<MixedEntry, kMixedTlbEntries>& table, uint64_t va) noexcept {
  return table[(va >> kPageShift) & (kMixedTlbEntries - 1)];
}
[[nodiscard]] inline FetchEntry& fetch_slot(FetchTlb& table, uint64_t va) noexcept {
  return table.entry[(va >> kPageShift) & (kFetchTlbEntries - 1)];
}

}  // namespace rvx
