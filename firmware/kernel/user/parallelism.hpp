// Thread-level parallelism: in which share of the time how many harts ran threads, exactly, from the kernel's record.
#pragma once

#include "kernel/user/system.hpp"

inline constexpr unsigned kMostHarts = 8;

// Thread-level parallelism in thousandths, after Flautner and others (ASPLOS 2000): how many harts run threads, over the
// time in which any does. shares[i]: time, in any unit, in which i harts did.
uint64_t parallelism(const uint64_t shares[kMostHarts + 1]);

class RunRecorder {
 public:
  // Room for so many changes. False: no memory.
  bool begin(uint64_t most);
  // False: there was not room enough.
  bool end();
  // Timebase ticks.
  uint64_t shares[kMostHarts + 1] = {};
  uint64_t length = 0;
  // How many harts ran on average, in thousandths.
  uint64_t utilisation() const;

 private:
  RunLog* log_ = nullptr;
  uint64_t most_ = 0, begin_ = 0;
};
