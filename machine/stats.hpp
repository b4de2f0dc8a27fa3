// The counters of a finished run as JSON: what the guest did, how it ended, what the host spent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine/machine.hpp"

namespace rvx {

// What only the caller knows.
struct RunFacts {
  Ending ending;
  std::string_view ending_kind;  // as JSON has it
  int status = 0;                // exit status
  unsigned resets = 0;           // how often the guest was started anew
  uint64_t run_ns = 0;           // host time in Machine::run()
  uint64_t start_ns = 0;         // host time from the start of the process to the first instruction
};

// One JSON object in one line's length or more, without a newline at its end. All outside its part
// "host" is equal in two deterministic runs of one command: no times and no paths of the host.
[[nodiscard]] std::string stats_json(Machine& machine, const RunFacts& facts);

}  // namespace rvx
