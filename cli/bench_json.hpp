// A benchmark's report as JSON with every single run, and back from there.
#pragma once

#include <string>
#include <string_view>

#include "cli/bench_report.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

// Medians, ratios and means stand beside the runs that they follow from.
[[nodiscard]] std::string json_of(const BenchReport& report);

// Only what json_of() cannot compute is read. `name` is for the error.
[[nodiscard]] Result<BenchReport> report_from_json(std::string_view text, const std::string& name);

}  // namespace rvx::cli
