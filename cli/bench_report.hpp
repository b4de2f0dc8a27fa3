// What a benchmark found: engines, programs and every single run; and what follows from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rvx::cli {

enum class BenchKind : uint8_t { kNative, kRvx, kOther };

struct BenchEngineInfo {
  std::string name;
  BenchKind kind = BenchKind::kOther;
  std::string command;  // as it was started
  std::string version;  // empty = not known
};

// One run of one program on one engine.
struct BenchSample {
  double value = 0;  // in the report's unit, by the host's clock
  // Seconds, where they are known: the guest's own clock; the program's time in user mode and in
  // its kernel (natively and in a guest), or the emulator's (on the bare machine).
  std::optional<double> guest_s, user_s, system_s;
  std::string checksum;  // empty = it printed none
  std::string failure;   // empty = it ran
};

// Before a checksum that is a hash of a program's output, because it printed none itself.
inline constexpr std::string_view kOutputHash = "output-";

struct BenchProgram {
  std::string name;
  std::string group = "user";
  std::string description;
  bool in_mean = true;  // counts in the mean of its group
};

struct BenchRow {
  BenchProgram program;
  std::vector<std::vector<BenchSample>> samples;  // of each engine; empty = not run there
};

struct BenchReport {
  std::string title;                                       // one line for people: what was measured
  std::string what;                                        // linux, bare, boot or idle
  std::string unit = "s";                                  // of all values: "s" or "%"
  std::vector<std::pair<std::string, std::string>> facts;  // host, versions, settings
  std::vector<BenchEngineInfo> engines;
  std::vector<BenchRow> rows;
};

// The runs of a program on an engine in short. `spread` is half the distance from the lowest value
// to the highest, as a share of the median.
struct BenchSummary {
  size_t runs = 0;
  double median = 0, low = 0, high = 0, spread = 0;
};

// The engine without an emulator, where there is one.
[[nodiscard]] std::optional<size_t> native_of(const BenchReport& report);

[[nodiscard]] double median_of(std::vector<double> values);  // 0 of none; of two the middle
[[nodiscard]] double geometric_mean(std::span<const double> values);  // 1 of none

// Nothing if the program was not run there or one of its runs failed.
[[nodiscard]] std::optional<BenchSummary> summary_of(const BenchRow& row, size_t engine);
// Why a program failed on an engine: its first failure; empty = it did not.
[[nodiscard]] std::string failure_of(const BenchRow& row, size_t engine);
// Who printed which checksum, where not all printed the same; else empty.
[[nodiscard]] std::string disagreement_of(const BenchReport& report, const BenchRow& row);
// Its output differs between runs on one engine, as times would, and has no checksum: nothing can
// be compared.
[[nodiscard]] bool has_varying_output(const BenchRow& row);

// Ratios of medians that tables show: every engine to native, every other emulator to each of rvx's
// engines.
struct BenchRatio {
  size_t over = 0, under = 0;  // engines
  [[nodiscard]] std::string name(const BenchReport& report) const {
    return report.engines[over].name + "/" + report.engines[under].name;
  }
};
[[nodiscard]] std::vector<BenchRatio> ratios_of(const BenchReport& report);
[[nodiscard]] std::optional<double> ratio_of(const BenchRow& row, const BenchRatio& ratio);

// Geometric means over the programs of one group that count and that failed nowhere.
struct BenchMean {
  std::string group;
  size_t programs = 0;      // that count
  size_t without_twin = 0;  // of these: no part of ratios to native
  size_t left_out = 0;      // would count, but failed somewhere or gave different results
  std::vector<std::optional<double>> ratios;  // in the order of ratios_of()
};
[[nodiscard]] std::vector<BenchMean> means_of(const BenchReport& report);

// A line for each program that failed or whose results differ.
[[nodiscard]] std::vector<std::string> problems_of(const BenchReport& report);

}  // namespace rvx::cli
