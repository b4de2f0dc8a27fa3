// What can be chosen about the JIT.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rvx::jit {

struct Options {
  int32_t threshold = 60;                // runs of a block before it is translated
  size_t code_bytes = size_t{64} << 20;  // of generated code; when they are full, all goes
  uint64_t window_threshold = 20'000'000;  // instructions in a context before it gets a window
  bool is_synchronous = true;            // translate in the hart's own thread, which waits for it
  bool report = false;                   // generated code counts for report_text()
  bool observes_events = false;          // as HartEnvironment::observes_events says
  bool perf_map = false;                 // names for Linux' perf
};

}  // namespace rvx::jit
