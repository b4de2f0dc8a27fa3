// Modelled cycles of one hart by cause and privilege: what mcycle shows, and why.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mmu/types.hpp"

namespace rvx {

enum class CycleCause : uint8_t {
#define CAUSE(enumerator, name, text) enumerator,
#include "mmu/model/cycle_causes.inc"
#undef CAUSE
};

struct CycleCauseRow {
  std::string_view name;
  std::string_view text;
};

inline constexpr CycleCauseRow kCycleCauses[] = {
#define CAUSE(enumerator, name, text) {name, text},
#include "mmu/model/cycle_causes.inc"
#undef CAUSE
};
inline constexpr size_t kCycleCauseCount = sizeof kCycleCauses / sizeof kCycleCauses[0];

class CycleAccount {
 public:
  // Cycles that follow are spent in `priv`.
  void enter(Priv priv) noexcept { priv_ = priv; }
  void charge(CycleCause cause, uint64_t cycles) noexcept {
    by_[static_cast<size_t>(priv_)][static_cast<size_t>(cause)] += cycles;
    total_ += cycles;
    if (cause != CycleCause::kInstruction) stalls_ += cycles;
  }

  // Counted by itself: the hart's clock must not depend on adding up causes.
  [[nodiscard]] uint64_t total() const noexcept { return total_; }
  // All but kInstruction.
  [[nodiscard]] uint64_t stalls() const noexcept { return stalls_; }
  [[nodiscard]] uint64_t of(CycleCause cause) const noexcept {
    uint64_t sum = 0;
    for (const auto& row : by_) sum += row[static_cast<size_t>(cause)];
    return sum;
  }
  [[nodiscard]] uint64_t of(Priv priv, CycleCause cause) const noexcept {
    return by_[static_cast<size_t>(priv)][static_cast<size_t>(cause)];
  }
  [[nodiscard]] uint64_t of(Priv priv) const noexcept {
    uint64_t sum = 0;
    for (const uint64_t cycles : by_[static_cast<size_t>(priv)]) sum += cycles;
    return sum;
  }

  template <class V>
  void visit_state(V& v) {
    v("priv", priv_);
    v("cycles", by_);
    v("total", total_);
    v("stalls", stalls_);
  }

 private:
  Priv priv_ = Priv::kM;
  std::array<std::array<uint64_t, kCycleCauseCount>, 4> by_{};  // by the encoding of Priv; 2 is nobody's
  uint64_t total_ = 0, stalls_ = 0;
};

}  // namespace rvx
