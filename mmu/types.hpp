// The vocabulary of address translation: privilege, kinds of access, contexts and outcomes.
#pragma once

#include <cstdint>

namespace rvx {

// Privilege modes with the manual's encoding.
enum class Priv : uint8_t { kU = 0, kS = 1, kM = 3 };

enum class Access : uint8_t { kFetch, kLoad, kStore };  // AMO, SC and CBO.ZERO count as stores

// Sizes of guest pages at the leaf levels are 4 KiB << (9 * level).
inline constexpr unsigned kPageShift = 12;
inline constexpr uint64_t kPageSize = uint64_t{1} << kPageShift;
inline constexpr uint64_t kPageMask = kPageSize - 1;

// satp.MODE, "Supervisor Address Translation and Protection (satp) Register".
enum class SatpMode : uint8_t { kBare = 0, kSv39 = 8, kSv48 = 9, kSv57 = 10 };

// Everything besides the page tables that decides how a virtual address is translated. mmu/ never
// sees CSRs: the hart hands it one of these.
struct TranslationContext {
  uint64_t satp = 0;        // MODE | ASID | PPN as in the CSR; 0 when the effective mode is M
  Priv priv = Priv::kM;     // effective privilege (with MPRV for data)
  bool sum = false;         // mstatus.SUM
  bool mxr = false;         // mstatus.MXR
  bool hardware_ad = false; // menvcfg.ADUE: A and D are set by the walker (Svadu), else they fault (Svade)
  bool pbmt = false;        // menvcfg.PBMTE
  bool napot = true;        // Svnapot

  [[nodiscard]] SatpMode mode() const noexcept { return static_cast<SatpMode>(satp >> 60); }
  [[nodiscard]] uint16_t asid() const noexcept { return static_cast<uint16_t>(satp >> 44); }
  [[nodiscard]] uint64_t root() const noexcept { return (satp & ((uint64_t{1} << 44) - 1)) << kPageShift; }
  // A supervisor's, under translation.
  [[nodiscard]] bool is_supervisor() const noexcept { return priv == Priv::kS && mode() != SatpMode::kBare; }
  friend bool operator==(const TranslationContext&, const TranslationContext&) = default;
};

// Why a translation or access failed; kNone is success.
enum class FaultKind : uint8_t { kNone, kPage, kAccess, kMisaligned };

// The exception code of a fault, "Machine Cause (mcause) Register".
[[nodiscard]] constexpr unsigned exception_code(FaultKind kind, Access access) noexcept {
  constexpr uint8_t kPageCodes[] = {12, 13, 15};
  constexpr uint8_t kAccessCodes[] = {1, 5, 7};
  constexpr uint8_t kMisalignedCodes[] = {0, 4, 6};
  const auto a = static_cast<unsigned>(access);
  switch (kind) {
    case FaultKind::kPage: return kPageCodes[a];
    case FaultKind::kAccess: return kAccessCodes[a];
    default: return kMisalignedCodes[a];
  }
}

}  // namespace rvx
