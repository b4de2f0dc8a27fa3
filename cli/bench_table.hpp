// A benchmark's report as a table for people, line by line as results come.
#pragma once

#include <string>

#include "cli/bench_report.hpp"

namespace rvx::cli {

// Each ends with a newline. Columns of medians, spreads and ratios follow from the engines alone,
// so rows can be printed as they come.
[[nodiscard]] std::string table_head(const BenchReport& report);
[[nodiscard]] std::string table_row(const BenchReport& report, const BenchRow& row);
// Means, then problems.
[[nodiscard]] std::string table_foot(const BenchReport& report);

[[nodiscard]] std::string table_text(const BenchReport& report);  // all of it

// Numbers with three or four digits that count: "1.234", "12.3x".
[[nodiscard]] std::string value_text(double value);
[[nodiscard]] std::string ratio_text(double ratio);

}  // namespace rvx::cli
