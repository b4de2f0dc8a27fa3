// What every execution engine offers: run a hart to an exact instruction count.
#pragma once

#include <cstdint>
#include <functional>

#include "cpu/hart.hpp"

namespace rvx {

class Engine {
 public:
  virtual ~Engine() = default;

  // Run until s.instret == until, or s.attention asks for the machine (after the instruction that
  // set it): kReschedule, kWait, kYield or kExit. Interrupts are taken inside, and exactly at the
  // boundary where they become deliverable. On return s is exact.
  virtual void run(Hart& hart, uint64_t until) noexcept = 0;
};

}  // namespace rvx
