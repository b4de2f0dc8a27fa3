// A benchmark's report as a table for people.
#include "cli/bench_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

constexpr size_t kSpreadWidth = 7;

size_t name_width(const BenchReport& report) {
  size_t width = 12;
  for (const BenchRow& row : report.rows) width = std::max(width, row.program.name.size());
  for (const BenchRow& row : report.rows)
    width = std::max(width, row.program.group.size() + std::string_view("mean of  (99)").size());
  return width;
}

size_t value_width(const BenchReport& report, size_t engine) {
  return std::max<size_t>(7, report.engines[engine].name.size() + 2) + 2;
}

// "qemu/interp", under a head of its own and so with room.
size_t ratio_width(const BenchReport& report, const BenchRatio& ratio) {
  return std::max<size_t>(7, ratio.name(report).size()) + 2;
}

std::string ratio_cells(const BenchReport& report,
                        const std::vector<std::optional<double>>& values) {
  std::string line;
  const auto ratios = ratios_of(report);
  for (size_t i = 0; i < ratios.size(); ++i)
    line += fmt::format("{:>{}}", values[i] ? ratio_text(*values[i]) : "-",
                        ratio_width(report, ratios[i]));
  return line;
}

std::string value_cells(const BenchReport& report, const BenchRow& row, size_t engine) {
  const size_t width = value_width(report, engine);
  if (const auto summary = summary_of(row, engine)) {
    const double percent = summary->spread * 100;
    const std::string spread =
        summary->runs > 1 ? fmt::format("±{:.{}f}%", percent, percent < 10 ? 1 : 0) : "";
    return fmt::format("{:>{}}{:>{}}", value_text(summary->median), width, spread, kSpreadWidth);
  }
  const bool failed = !failure_of(row, engine).empty();
  return fmt::format("{:>{}}{:{}}", failed ? "failed" : "-", width, "", kSpreadWidth);
}

// A line of the table with its end, and without blanks before that.
std::string ended(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string value_text(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 3 : value < 100 ? 2 : 1);
}

std::string ratio_text(double ratio) {
  return fmt::format("{:.{}f}x", ratio, ratio < 10 ? 2 : ratio < 100 ? 1 : 0);
}

std::string table_head(const BenchReport& report) {
  std::string line = fmt::format("{:<{}}", "", name_width(report));
  for (size_t engine = 0; engine < report.engines.size(); ++engine)
    line += fmt::format("{:>{}}{:{}}", report.engines[engine].name + " " + report.unit,
                        value_width(report, engine), "", kSpreadWidth);
  for (const BenchRatio& ratio : ratios_of(report))
    line += fmt::format("{:>{}}", ratio.name(report), ratio_width(report, ratio));
  return report.title + "\n\n" + ended(line);
}

std::string table_row(const BenchReport& report, const BenchRow& row) {
  std::string line = fmt::format("{:<{}}", row.program.name, name_width(report));
  for (size_t engine = 0; engine < report.engines.size(); ++engine)
    line += value_cells(report, row, engine);
  std::vector<std::optional<double>> ratios;
  for (const BenchRatio& ratio : ratios_of(report)) ratios.push_back(ratio_of(row, ratio));
  line += ratio_cells(report, ratios);
  if (!disagreement_of(report, row).empty()) line += "  WRONG";
  return ended(line);
}

std::string table_foot(const BenchReport& report) {
  std::string text;
  for (const BenchMean& mean : means_of(report)) {
    if (mean.ratios.empty()) continue;
    text += fmt::format("{:<{}}", fmt::format("mean of {} ({})", mean.group, mean.programs),
                        name_width(report));
    for (size_t engine = 0; engine < report.engines.size(); ++engine)
      text += std::string(value_width(report, engine) + kSpreadWidth, ' ');
    text += ratio_cells(report, mean.ratios);
    if (mean.left_out != 0) text += fmt::format("  without {} (failed, WRONG)", mean.left_out);
    if (mean.without_twin != 0)
      text += fmt::format("  to native: {}", mean.programs - mean.without_twin);
    text += "\n";
  }
  for (const BenchRow& row : report.rows)
    if (has_varying_output(row))
      text += fmt::format("{}: its output varies from run to run and was not compared\n",
                          row.program.name);
  const std::vector<std::string> problems = problems_of(report);
  if (!problems.empty()) text += "\n";
  for (const std::string& line : problems) text += line + "\n";
  return text;
}

std::string table_text(const BenchReport& report) {
  std::string text = table_head(report);
  for (const BenchRow& row : report.rows) text += table_row(report, row);
  return text + table_foot(report);
}

}  // namespace rvx::cli
