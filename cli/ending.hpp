// How a run ended, as an exit status and lines for a person.
#pragma once

#include <string>
#include <vector>

#include "machine/machine.hpp"

namespace rvx::cli {

inline constexpr int kLimitStatus = 124;   // timeout, instruction limit, stuck
inline constexpr int kLargestCode = 123;   // of the guest's own
inline constexpr int kSignalStatus = 128;  // plus the number of the signal

struct EndingReport {
  int status = 0;
  // For stderr, as they are: without "rvx: " where another program's words are expected.
  std::vector<std::string> lines;
};

// `asked`: the configuration with the limits as they were asked for; `signal`: the host signal that
// ended the run, or 0.
[[nodiscard]] EndingReport describe_ending(const Ending& ending, Machine& machine,
                                           const MachineConfig& asked, int signal);

// "pass", "fail", "power-off", "reset", "limit", "timeout", "stuck", "stopped": for JSON.
[[nodiscard]] const char* ending_name(Ending::Kind kind) noexcept;

}  // namespace rvx::cli
