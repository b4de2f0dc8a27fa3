// The page-table walk of Sv39, Sv48 and Sv57, as a function of how PTEs are read and updated.
#pragma once

#include <cstdint>

#include "mmu/types.hpp"

namespace rvx {

// Bits of a page-table entry, "Sv39: Page-Based 39-bit Virtual-Memory System".
namespace pte {
inline constexpr uint64_t kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kG = 32, kA = 64, kD = 128;
inline constexpr uint64_t kPpnShift = 10;
inline constexpr uint64_t kPpnMask = (uint64_t{1} << 44) - 1;
inline constexpr uint64_t kReserved = uint64_t{0x7f} << 54;
inline constexpr uint64_t kPbmt = uint64_t{3} << 61;
inline constexpr uint64_t kN = uint64_t{1} << 63;
}  // namespace pte

// Whether a store through this leaf needs nothing of the page table any more.
[[nodiscard]] constexpr bool is_ready_for_stores(uint64_t leaf) noexcept { return (leaf & (pte::kW | pte::kD)) == (pte::kW | pte::kD); }

struct WalkResult {
  FaultKind fault = FaultKind::kNone;
  uint8_t level = 0;        // of the leaf
  bool global = false;
  bool is_large = false;    // superpage or NAPOT: one leaf serves several 4 KiB pages
  uint64_t range = kPageSize;  // bytes the leaf maps
  uint64_t physical = 0;    // of the address asked for
  uint64_t leaf = 0;        // the PTE as it stands after the walk
};

// Whether the rights in the leaf `entry` allow the access in that context: U, R, W and X, not A and D.
[[nodiscard]] constexpr bool has_rights(const TranslationContext& context, uint64_t entry, Access access) noexcept {
  const bool is_user_page = entry & pte::kU;
  if (context.priv == Priv::kU ? !is_user_page : is_user_page && (access == Access::kFetch || !context.sum)) return false;
  switch (access) {
    case Access::kFetch: return (entry & pte::kX) != 0;
    case Access::kLoad: return (entry & pte::kR) || (context.mxr && (entry & pte::kX));
    default: return (entry & pte::kW) != 0;
  }
}

// The bits of a leaf that an access needs, besides its rights.
[[nodiscard]] constexpr uint64_t accessed_bits(Access access) noexcept { return pte::kA | (access == Access::kStore ? pte::kD : 0); }

// Walk the tables of `context` (mode not Bare) for `va`.
// `read_pte(pa, level, value)` reads 8 bytes and returns false where they cannot be read (access fault);
// `update_pte(pa, expected, desired)` compares and swaps: 1 done, 0 changed meanwhile (walk again),
// -1 not allowed (access fault).
// "Virtual Address Translation Process", with Svnapot, Svpbmt and Svadu/Svade.
template <class ReadPte, class UpdatePte>
[[nodiscard]] WalkResult walk(const TranslationContext& context, uint64_t va, Access access, ReadPte&& read_pte,
                              UpdatePte&& update_pte) noexcept {
  WalkResult result;
  const auto page_fault = [&] {
    result.fault = FaultKind::kPage;
    return result;
  };
  const auto access_fault = [&] {
    result.fault = FaultKind::kAccess;
    return result;
  };
  const int levels = static_cast<int>(context.mode()) - 5;  // 8 -> 3, 9 -> 4, 10 -> 5
  const unsigned va_bits = static_cast<unsigned>(kPageShift) + 9 * static_cast<unsigned>(levels);
  const int64_t upper = static_cast<int64_t>(va) >> (va_bits - 1);
  if (upper != 0 && upper != -1) return page_fault();

  for (;;) {
    uint64_t table = context.root();
    bool again = false;
    for (int level = levels - 1; level >= 0 && !again; --level) {
      const unsigned shift = kPageShift + 9 * static_cast<unsigned>(level);
      const uint64_t pte_address = table + ((va >> shift) & 511) * 8;
      uint64_t entry = 0;
      if (!read_pte(pte_address, static_cast<unsigned>(level), entry)) return access_fault();
      if (!(entry & pte::kV) || (entry & (pte::kR | pte::kW)) == pte::kW || (entry & pte::kReserved)) return page_fault();
      if ((entry & pte::kPbmt) && (!context.pbmt || (entry & pte::kPbmt) == pte::kPbmt)) return page_fault();
      if ((entry & pte::kN) && !context.napot) return page_fault();
      uint64_t ppn = (entry >> pte::kPpnShift) & pte::kPpnMask;
      if (!(entry & (pte::kR | pte::kX))) {
        // A pointer to the next level: D, A, U and the N and PBMT fields are reserved there.
        if (entry & (pte::kD | pte::kA | pte::kU | pte::kN | pte::kPbmt)) return page_fault();
        if (entry & pte::kG) result.global = true;
        table = ppn << kPageShift;
        continue;
      }
      if (entry & pte::kG) result.global = true;
      if (!has_rights(context, entry, access)) return page_fault();
      const uint64_t span = (uint64_t{1} << (9 * level)) - 1;  // in pages
      if (ppn & span) return page_fault();                     // misaligned superpage
      uint64_t low_pages = span;
      if (entry & pte::kN) {
        if (level != 0 || (ppn & 15) != 8) return page_fault();
        low_pages = 15;
        ppn &= ~uint64_t{15};
      }
      const uint64_t need = accessed_bits(access);
      if ((entry & need) != need) {
        if (!context.hardware_ad) return page_fault();
        const int updated = update_pte(pte_address, entry, entry | need);
        if (updated < 0) return access_fault();
        if (updated == 0) {
          again = true;
          result.global = false;
          break;
        }
        entry |= need;
      }
      const uint64_t page = ppn | ((va >> kPageShift) & low_pages);
      result.level = static_cast<uint8_t>(level);
      result.is_large = low_pages != 0;
      result.range = (low_pages + 1) << kPageShift;
      result.physical = (page << kPageShift) | (va & kPageMask);
      result.leaf = entry;
      return result;
    }
    if (!again) return page_fault();  // the last level held a pointer
  }
}

}  // namespace rvx
