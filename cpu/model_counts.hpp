// The running counts of modelled events, for the counters of the hart that the model belongs to.
#pragma once

#include "cpu/event_counts.hpp"
#include "mmu/model/memory_model.hpp"

namespace rvx {

class Hart;

class ModelCounts final : public EventCounts {
 public:
  explicit ModelCounts(const Hart& hart) : hart_(hart) {}

  // What a second-level cache that harts share counts is all harts' together.
  [[nodiscard]] uint64_t count(HpmEvent event) const noexcept override;

 private:
  const Hart& hart_;
};

}  // namespace rvx
