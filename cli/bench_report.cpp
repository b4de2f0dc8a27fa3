// What follows from the runs of a benchmark: medians, ratios, means, and who is wrong.
#include "cli/bench_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

bool was_run(const BenchRow& row, size_t engine) {
  return engine < row.samples.size() && !row.samples[engine].empty();
}

// Failed nowhere and printed the same everywhere.
bool is_sound(const BenchReport& report, const BenchRow& row) {
  for (size_t engine = 0; engine < report.engines.size(); ++engine)
    if (was_run(row, engine) && !summary_of(row, engine)) return false;
  return disagreement_of(report, row).empty();
}

}  // namespace

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double geometric_mean(std::span<const double> values) {
  if (values.empty()) return 1;
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

std::optional<size_t> native_of(const BenchReport& report) {
  for (size_t i = 0; i < report.engines.size(); ++i)
    if (report.engines[i].kind == BenchKind::kNative) return i;
  return std::nullopt;
}

std::optional<BenchSummary> summary_of(const BenchRow& row, size_t engine) {
  if (!was_run(row, engine)) return std::nullopt;
  std::vector<double> values;
  for (const BenchSample& sample : row.samples[engine]) {
    if (!sample.failure.empty()) return std::nullopt;
    values.push_back(sample.value);
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  BenchSummary summary{values.size(), median_of(values), *low, *high, 0};
  if (summary.median > 0) summary.spread = (summary.high - summary.low) / 2 / summary.median;
  return summary;
}

std::string failure_of(const BenchRow& row, size_t engine) {
  if (engine >= row.samples.size()) return {};
  for (const BenchSample& sample : row.samples[engine])
    if (!sample.failure.empty()) return sample.failure;
  return {};
}

bool has_varying_output(const BenchRow& row) {
  for (const auto& samples : row.samples) {
    const std::string* first = nullptr;
    for (const BenchSample& sample : samples) {
      if (!sample.failure.empty() || !sample.checksum.starts_with(kOutputHash)) continue;
      if (first == nullptr) first = &sample.checksum;
      if (*first != sample.checksum) return true;
    }
  }
  return false;
}

std::string disagreement_of(const BenchReport& report, const BenchRow& row) {
  if (has_varying_output(row)) return {};
  std::vector<std::pair<std::string, std::string>> who_by_sum;  // in the order of appearance
  for (size_t engine = 0; engine < row.samples.size(); ++engine) {
    for (const BenchSample& sample : row.samples[engine]) {
      if (!sample.failure.empty() || sample.checksum.empty()) continue;
      auto place = std::find_if(who_by_sum.begin(), who_by_sum.end(),
                                [&](const auto& one) { return one.first == sample.checksum; });
      if (place == who_by_sum.end())
        place = who_by_sum.insert(place, {sample.checksum, std::string{}});
      const std::string& name = report.engines[engine].name;
      if ((", " + place->second + ",").find(", " + name + ",") == std::string::npos)
        place->second += (place->second.empty() ? "" : ", ") + name;
    }
  }
  if (who_by_sum.size() < 2) return {};
  std::string text;
  for (const auto& [sum, who] : who_by_sum)
    text += fmt::format("{}{} on {}", text.empty() ? "" : ", ", sum, who);
  return text;
}

std::vector<BenchRatio> ratios_of(const BenchReport& report) {
  std::vector<BenchRatio> ratios;
  const auto& engines = report.engines;
  const auto add = [&](BenchKind under, auto&& is_over) {
    for (size_t u = 0; u < engines.size(); ++u) {
      if (engines[u].kind != under) continue;
      for (size_t o = 0; o < engines.size(); ++o)
        if (is_over(engines[o].kind)) ratios.push_back({o, u});
    }
  };
  add(BenchKind::kNative, [](BenchKind kind) { return kind != BenchKind::kNative; });
  add(BenchKind::kRvx, [](BenchKind kind) { return kind == BenchKind::kOther; });
  return ratios;
}

std::optional<double> ratio_of(const BenchRow& row, const BenchRatio& ratio) {
  const auto over = summary_of(row, ratio.over), under = summary_of(row, ratio.under);
  if (!over || !under || over->median <= 0 || under->median <= 0) return std::nullopt;
  return over->median / under->median;
}

std::vector<BenchMean> means_of(const BenchReport& report) {
  const std::vector<BenchRatio> ratios = ratios_of(report);
  const std::optional<size_t> native = native_of(report);
  std::vector<BenchMean> means;
  for (const BenchRow& first : report.rows) {
    BenchMean mean{first.program.group, 0, 0, 0, {}};
    const auto is_same = [&](const BenchMean& one) { return one.group == mean.group; };
    if (std::any_of(means.begin(), means.end(), is_same)) continue;
    std::vector<std::vector<double>> values(ratios.size());
    for (const BenchRow& row : report.rows) {
      if (row.program.group != mean.group || !row.program.in_mean) continue;
      if (!is_sound(report, row)) {
        ++mean.left_out;
        continue;
      }
      ++mean.programs;
      if (native && !was_run(row, *native)) ++mean.without_twin;
      for (size_t i = 0; i < ratios.size(); ++i)
        if (const auto ratio = ratio_of(row, ratios[i])) values[i].push_back(*ratio);
    }
    if (mean.programs + mean.left_out == 0) continue;
    for (const auto& of_one : values)
      mean.ratios.push_back(of_one.empty() ? std::nullopt
                                           : std::optional<double>(geometric_mean(of_one)));
    means.push_back(std::move(mean));
  }
  return means;
}

std::vector<std::string> problems_of(const BenchReport& report) {
  std::vector<std::string> lines;
  for (const BenchRow& row : report.rows) {
    if (const std::string who = disagreement_of(report, row); !who.empty())
      lines.push_back(fmt::format("{}: WRONG, results differ: {}", row.program.name, who));
    for (size_t engine = 0; engine < report.engines.size(); ++engine) {
      if (const std::string why = failure_of(row, engine); !why.empty())
        lines.push_back(fmt::format("{}: failed on {}: {}", row.program.name,
                                    report.engines[engine].name, why));
    }
  }
  return lines;
}

}  // namespace rvx::cli
