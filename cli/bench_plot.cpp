// A benchmark's report as a bar chart: one SVG file that needs nothing else.
#include "cli/bench_plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "cli/bench_table.hpp"
#include "cli/svg.hpp"

namespace rvx::cli {
namespace {

// Sizes in pixels.
constexpr double kWidth = 860, kNames = 150, kRight = 70, kTop = 96, kBar = 11, kGap = 10;
constexpr double kPlot = kWidth - kNames - kRight;

struct Bar {
  size_t engine = 0;
  double value = 0, low = 0, high = 0;  // low = high: no line for the spread; 0: it failed
};

struct Group {
  std::string name;
  bool is_mean = false;
  bool is_wrong = false;
  std::vector<Bar> bars;
};

// What is drawn: programs, then means where bars are ratios.
std::vector<Group> groups_of(const BenchReport& report) {
  const auto native = native_of(report);
  std::vector<Group> groups;
  for (const BenchRow& row : report.rows) {
    Group group{row.program.name, false, !disagreement_of(report, row).empty(), {}};
    const auto base = native ? summary_of(row, *native) : std::nullopt;
    const double unit = base ? base->median : 1;
    for (size_t i = 0; i < report.engines.size(); ++i) {
      const auto summary = summary_of(row, i);
      if (native != i && !failure_of(row, i).empty()) group.bars.push_back({i, 0, 0, 0});
      if (native == i || !summary || (native && !base) || summary->low <= 0 || unit <= 0) continue;
      group.bars.push_back({i, summary->median / unit, summary->low / unit, summary->high / unit});
    }
    groups.push_back(std::move(group));
  }
  if (!native) return groups;
  const std::vector<BenchRatio> ratios = ratios_of(report);
  for (const BenchMean& mean : means_of(report)) {
    Group group{fmt::format("mean of {} ({})", mean.group, mean.programs), true, false, {}};
    for (size_t i = 0; i < ratios.size(); ++i)
      if (ratios[i].under == *native && mean.ratios[i])
        group.bars.push_back({ratios[i].over, *mean.ratios[i], *mean.ratios[i], *mean.ratios[i]});
    groups.push_back(std::move(group));
  }
  return groups;
}

// A logarithmic axis over whole steps of 1, 2, 5.
class Axis {
 public:
  explicit Axis(const std::vector<Group>& groups, bool from_one) {
    double low = std::numeric_limits<double>::max(), high = 0;
    for (const Group& group : groups) {
      for (const Bar& bar : group.bars) {
        if (bar.value <= 0) continue;
        low = std::min(low, bar.low);
        high = std::max(high, bar.high);
      }
    }
    if (high == 0) low = high = 1;
    if (from_one) {
      low = std::min(low, 1.0);
      high = std::max(high, 2.0);
    }
    // Without a natural origin the shortest bar still needs a length.
    const double least = from_one ? low * 1.0001 : low / 1.5;
    all_ = log_steps(least, high);
  }

  [[nodiscard]] double at(double value) const {
    const double share = std::log(value / all_.front()) / std::log(all_.back() / all_.front());
    return kNames + kPlot * std::clamp(share, 0.0, 1.0);
  }
  [[nodiscard]] double origin() const { return at(std::max(1.0, all_.front())); }
  [[nodiscard]] const std::vector<double>& steps() const { return all_; }
  [[nodiscard]] double start() const { return all_.front(); }

 private:
  std::vector<double> all_;
};

std::string legend(const BenchReport& report) {
  std::string svg;
  double x = kNames;
  for (size_t i = 0; i < report.engines.size(); ++i) {
    const BenchEngineInfo& engine = report.engines[i];
    if (engine.kind == BenchKind::kNative) continue;
    svg += fmt::format("<rect x=\"{:.1f}\" y=\"46\" width=\"12\" height=\"12\" fill=\"{}\"/>\n", x,
                       kPlotColours[i % kPlotColourCount]);
    const std::string label = engine.kind == BenchKind::kRvx ? "rvx " + engine.name : engine.name;
    svg += svg_text(x + 17, 56, "", label);
    x += 17 + 7.5 * static_cast<double>(label.size()) + 20;
  }
  return svg;
}

std::string grid(const Axis& axis, double bottom, bool is_ratio, const std::string& unit) {
  std::string svg;
  for (const double step : axis.steps()) {
    const double x = axis.at(step);
    svg += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"{3}\"/>\n", x,
        kTop - 6, bottom, is_ratio && step == 1 ? "#333" : "#ddd");
    svg += svg_text(x, kTop - 12, "text-anchor=\"middle\" fill=\"#555\"",
                   is_ratio ? fmt::format("{:g}×", step) : fmt::format("{:g} {}", step, unit));
  }
  return svg;
}

std::string draw(const Bar& bar, double y, const Axis& axis, double origin, bool is_ratio) {
  if (bar.value <= 0)
    return svg_text(origin + 5, y + kBar - 2, "font-size=\"11\" fill=\"#a00\"", "failed");
  const double x = axis.at(bar.value), from = std::min(x, origin), to = std::max(x, origin);
  std::string svg = fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", from, y,
      std::max(to - from, 1.0), kBar - 1, kPlotColours[bar.engine % kPlotColourCount]);
  if (bar.high > bar.low)
    svg += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{2:.1f}\" x2=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#111\"/>\n",
        axis.at(bar.low), axis.at(bar.high), y + (kBar - 1) / 2);
  const double right = std::max({to, axis.at(bar.high), origin});
  svg += svg_text(right + 5, y + kBar - 2, "font-size=\"11\" fill=\"#333\"",
                 is_ratio ? fmt::format("{:.{}f}×", bar.value, bar.value < 10 ? 2 : 1)
                          : value_text(bar.value));
  return svg;
}

}  // namespace

std::string svg_of(const BenchReport& report) {
  const bool is_ratio = native_of(report).has_value();
  const std::vector<Group> groups = groups_of(report);
  const Axis axis(groups, is_ratio);
  std::string body;
  double y = kTop;
  bool had_mean = false;
  const double origin = is_ratio ? axis.origin() : axis.at(axis.start());
  for (const Group& group : groups) {
    if (group.is_mean && !had_mean) {
      had_mean = true;
      body += fmt::format(
          "<line x1=\"16\" y1=\"{0:.1f}\" x2=\"{1:.1f}\" y2=\"{0:.1f}\" stroke=\"#333\"/>\n", y,
          kWidth - 16);
      y += kGap;
    }
    const size_t bars = std::max<size_t>(group.bars.size(), 1);
    const double height = kBar * static_cast<double>(bars);
    const char* style = group.is_mean    ? "text-anchor=\"end\" font-weight=\"bold\""
                        : group.is_wrong ? "text-anchor=\"end\" fill=\"#a00\""
                                         : "text-anchor=\"end\"";
    body += svg_text(kNames - 10, y + height / 2 + 4, style,
                    group.name + (group.is_wrong ? " WRONG" : ""));
    if (group.bars.empty())
      body += svg_text(origin + 5, y + kBar - 1, "font-size=\"11\" fill=\"#a00\"", "no result");
    for (const Bar& bar : group.bars) {
      body += draw(bar, y, axis, origin, is_ratio);
      y += kBar;
    }
    if (group.bars.empty()) y += kBar;
    y += kGap;
  }
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"12.5\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth, y + 28);
  svg += svg_text(16, 26, "font-size=\"15\" font-weight=\"bold\"",
                 is_ratio ? "Time as a multiple of native time (1× = native; logarithmic)"
                          : fmt::format("{} (logarithmic)",
                                        report.unit == "%" ? "Share of a host core" : "Seconds"));
  svg += legend(report) + grid(axis, y, is_ratio, report.unit) + body;
  svg += svg_text(16, y + 16, "font-size=\"11\" fill=\"#555\"", report.title);
  return svg + "</svg>\n";
}

}  // namespace rvx::cli
