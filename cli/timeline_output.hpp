// A timeline as text for a terminal, as a trace for Chrome and Perfetto, and as a picture.
#pragma once

#include <string>

#include "cli/timeline.hpp"

namespace rvx::cli {

// One letter for each thread, in lanes and beside its name: index in Timeline::threads.
[[nodiscard]] char letter_of(int thread) noexcept;

// A lane for each hart, in `width` columns altogether, and tables.
[[nodiscard]] std::string timeline_text(const Timeline& timeline, size_t width);

// In the JSON trace event format: a track for each hart and for each thread, arrows from a wake to the switch.
[[nodiscard]] std::string timeline_json(const Timeline& timeline);

// One SVG file that needs nothing else: harts, then threads, over time in microseconds.
[[nodiscard]] std::string timeline_svg(const Timeline& timeline);

}  // namespace rvx::cli
