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

struct DataTlb {
  std::array<TlbEntry, kDataTlbEntries> read;
  std::array<TlbEntry, kDataTlbEntries> write;
  std::array<MixedEntry, kMixedTlbEntries> mixed;
  // Base of the context's Window, by half of the address space, 0 = it has none there. One at most is not 0.
  std::array<uint64_t, 2> window{};
  // Translated code that runs on a modelled cache finds memory line by line here, as pages above: the tag is the
  // virtual address of the line, which selects its entry too. Never read, nor cleared, without such a model.
  std::array<TlbEntry, kDataTlbEntries> line_read;
  std::array<TlbEntry, kDataTlbEntries> line_write;
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
  std::vector<uint16_t> used_jumps;  // the slots that are not empty: emptying all would take longer than what they save

  FetchTlb() {
    entry.fill({kInvalidTag, nullptr});
    jump.fill({kInvalidTag, nullptr});
  }
  [[nodiscard]] static size_t jump_slot(uint64_t va) noexcept { return ((va ^ va >> kJumpFold) >> 1) & (kJumpEntries - 1); }
  void note_jump(uint64_t va, const void* code) {
    JumpEntry& slot = jump[jump_slot(va)];
    if (slot.va == kInvalidTag) used_jumps.push_back(static_cast<uint16_t>(jump_slot(va)));
    slot = {va, code};
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
  // fetched from, and by such numbers whether the model need not be told of another fetch.
  uint32_t fetched_line = kNoLine;
  const uint8_t* is_line_at_hand = nullptr;
};

[[nodiscard]] inline TlbEntry& tlb_slot(std::array<TlbEntry, kDataTlbEntries>& table, uint64_t va) noexcept {
  return table[(va >> kPageShift) & (kDataTlbEntries - 1)];
}
[[nodiscard]] inline const TlbEntry& tlb_slot(const std::array<TlbEntry, kDataTlbEntries>& table, uint64_t va) noexcept {
  return table[(va >> kPageShift) & (kDataTlbEntries - 1)];
}
[[nodiscard]] inline const MixedEntry& mixed_slot(const std::array<MixedEntry, kMixedTlbEntries>& table, uint64_t va) noexcept {
  return table[(va >> kPageShift) & (kMixedTlbEntries - 1)];
}
[[nodiscard]] inline FetchEntry& fetch_slot(FetchTlb& table, uint64_t va) noexcept {
  return table.entry[(va >> kPageShift) & (kFetchTlbEntries - 1)];
}

}  // namespace rvx
