// A benchmark's report as a bar chart: one SVG file that needs nothing else.
#pragma once

#include <string>

#include "cli/bench_report.hpp"

namespace rvx::cli {

// Bars on a logarithmic axis: times as multiples of the native one, or values where nothing ran
// natively. Thin lines show the lowest and the highest run.
[[nodiscard]] std::string svg_of(const BenchReport& report);

}  // namespace rvx::cli
