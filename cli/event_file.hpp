// Reading a log of events back, as --events wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machine/error.hpp"
#include "machine/event_log.hpp"

namespace rvx::cli {

struct EventFile {
  unsigned harts = 0;
  std::vector<EventRecord> records;   // in order of time
  std::vector<std::string> warnings;  // one line each: what is missing or left out
};

// `text` is the whole file, `name` is for messages. A last line that was cut off and events that nobody knows
// are left out with a warning, as is what came before the guest was started anew.
[[nodiscard]] Result<EventFile> parse_events(std::string_view name, std::string_view text);

}  // namespace rvx::cli
