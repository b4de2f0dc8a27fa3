// Reports of benchmarks with values by hand.
#pragma once

#include <string>
#include <vector>

#include "cli/bench_report.hpp"

namespace rvx::cli {

// Native, interp and qemu, and no rows.
inline BenchReport three_engines() {
  BenchReport report;
  report.title = "by hand";
  report.what = "linux";
  report.engines = {{"native", BenchKind::kNative, "PROGRAM", ""},
                    {"interp", BenchKind::kRvx, "rvx boot", "rvx 1"},
                    {"qemu", BenchKind::kOther, "qemu -M virt", "QEMU 10"}};
  return report;
}

// A program of the group user; the values of each engine's runs.
inline BenchRow row_of(const std::string& name, const std::vector<std::vector<double>>& values) {
  BenchRow row;
  row.program.name = name;
  for (const auto& of_engine : values) {
    auto& samples = row.samples.emplace_back();
    for (const double value : of_engine) samples.emplace_back().value = value;
  }
  return row;
}

}  // namespace rvx::cli
