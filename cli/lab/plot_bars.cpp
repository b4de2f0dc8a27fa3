// Horizontal bars: a row for each value, side by side or end to end; and what all plots share.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "cli/lab/plot_drawing.hpp"
#include "cli/svg.hpp"

namespace rvx::cli::lab {
namespace {

constexpr double kRowHeight = 16, kGap = 12, kRightRoom = 80, kLetter = 6.9;

size_t letters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

struct Segment {
  size_t series = 0;
  const PlotPoint* point = nullptr;
};
struct Row {
  std::string label;
  std::vector<Segment> segments;
};

// The axis of values: from 0, or logarithmic from below the smallest.
class ValueAxis {
 public:
  ValueAxis(Scale scale, double low, double high, double left, double right) : is_log_(scale != Scale::kLinear), left_(left), right_(right) {
    steps_ = !is_log_ ? linear_steps(std::min(low, 0.0), high, 7) : scale == Scale::kLog ? log_steps(low / 1.5, high) : log2_steps(low / 1.5, high, 8);
  }
  [[nodiscard]] double at(double value) const {
    const double first = steps_.front(), last = steps_.back();
    const double share = is_log_ ? (value <= 0 ? 0 : std::log(value / first) / std::log(last / first)) : (value - first) / (last - first);
    return left_ + (right_ - left_) * std::clamp(share, 0.0, 1.0);
  }
  [[nodiscard]] double origin() const { return at(is_log_ ? steps_.front() : 0); }
  [[nodiscard]] std::string grid(double top, double bottom) const {
    std::string svg;
    double free_from = -1;
    for (const double step : steps_) {
      const double x = at(step);
      const std::string text = tick_text(step);
      svg += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#e2e6ea\"/>\n", x, top, bottom);
      if (x - 4 * static_cast<double>(text.size()) < free_from) continue;
      svg += svg_text(x, bottom + 16, "text-anchor=\"middle\" fill=\"#444\"", text);
      free_from = x + 4 * static_cast<double>(text.size()) + 6;
    }
    return svg;
  }

 private:
  bool is_log_;
  double left_, right_;
  std::vector<double> steps_;
};

std::string bar(double from, double to, double y, size_t series, const std::string& title) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"{}><title>{}</title></rect>\n", std::min(from, to), y,
                     std::max(std::abs(to - from), 0.8), kRowHeight - 2, kPlotColours[series % kPlotColourCount], series >= kPlotColourCount ? " fill-opacity=\"0.55\"" : "",
                     svg_escaped(title));
}

struct Extent {
  double low = HUGE_VAL, high = -HUGE_VAL;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

std::string draw_rows(const Drawing& drawing, const std::vector<std::vector<Row>>& groups, const std::vector<std::string>& names, Extent extent, bool is_stacked) {
  size_t longest = 4;
  for (const auto& group : groups)
    for (const Row& row : group) longest = std::max(longest, letters(row.label));
  const double left = std::min(300.0, 24 + kLetter * static_cast<double>(longest)), right = kPlotWidth - (is_stacked ? 24 : kRightRoom);
  double top = 14;
  const std::string names_svg = legend(names, left, top, false);
  const Scale scale = is_stacked || extent.high <= 0 ? Scale::kLinear : drawing.plot.y_scale;
  const ValueAxis axis(scale, std::max(extent.low, scale == Scale::kLinear ? extent.low : 1e-12), extent.high, left, right);
  std::string body;
  double y = top + 6;
  for (const auto& group : groups) {
    for (const Row& row : group) {
      if (!row.label.empty()) body += svg_text(left - 8, y + kRowHeight - 5, "text-anchor=\"end\" fill=\"#222\"", row.label);
      double sum = 0;
      for (const Segment& segment : row.segments) {
        const double from = is_stacked ? axis.at(sum) : axis.origin();
        sum = is_stacked ? sum + segment.point->y : segment.point->y;
        body += bar(from, axis.at(sum), y, segment.series, names.empty() ? segment.point->where : names[segment.series] + "\n" + segment.point->where);
      }
      if (!is_stacked && !row.segments.empty()) body += svg_text(std::max(axis.at(sum), axis.origin()) + 5, y + kRowHeight - 5, "fill=\"#333\" font-size=\"12\"", short_number(sum));
      y += kRowHeight;
    }
    y += kGap;
  }
  const double bottom = y - kGap + 6;
  std::string svg = svg_begin(bottom + 50, drawing.plot) + names_svg + axis.grid(top, bottom) + body;
  svg += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#444\"/>\n", axis.origin(), top, bottom);
  svg += svg_text((left + right) / 2, bottom + 38, "text-anchor=\"middle\" fill=\"#111\"", drawing.y_label);
  return svg + "</svg>\n";
}

// All x, in the order in which they come.
std::vector<Value> all_x(const std::vector<Series>& series) {
  std::vector<Value> all;
  for (const Series& one : series)
    for (const PlotPoint& point : one.points)
      if (std::find(all.begin(), all.end(), point.x) == all.end()) all.push_back(point.x);
  return all;
}

}  // namespace

std::string draw_bars(const Drawing& drawing) {
  std::vector<std::vector<Row>> groups;
  std::vector<std::string> names;
  Extent extent;
  for (const Series& one : drawing.series) {
    if (!one.name.empty()) names.push_back(one.name);
    for (const PlotPoint& point : one.points) extent.add(point.y);
  }
  for (const Value& x : all_x(drawing.series)) {
    std::vector<Row> group;
    for (size_t i = 0; i < drawing.series.size(); ++i)
      for (const PlotPoint& point : drawing.series[i].points)
        if (point.x == x) group.push_back({group.empty() ? value_text(x) : "", {{i, &point}}});
    groups.push_back(std::move(group));
  }
  return draw_rows(drawing, groups, names, extent, false);
}

std::string draw_stacked(const Drawing& drawing) {
  // Series are named "column: combination"; rows are x and combination, segments are columns.
  std::vector<std::string> columns;
  std::vector<std::vector<Row>> groups;
  Extent extent;
  extent.add(0);
  for (const Value& x : all_x(drawing.series)) {
    std::vector<Row> group;
    for (const Series& one : drawing.series) {
      const size_t colon = one.name.find(": ");
      const std::string column = one.name.substr(0, colon), rest = colon == std::string::npos ? "" : one.name.substr(colon + 2);
      auto place = std::find(columns.begin(), columns.end(), column);
      if (place == columns.end()) place = columns.insert(columns.end(), column);
      for (const PlotPoint& point : one.points) {
        if (point.x != x) continue;
        const std::string label = rest.empty() ? value_text(x) : fmt::format("{}, {}", value_text(x), rest);
        auto row = std::find_if(group.begin(), group.end(), [&](const Row& r) { return r.label == label; });
        if (row == group.end()) row = group.insert(group.end(), Row{label, {}});
        row->segments.push_back({static_cast<size_t>(place - columns.begin()), &point});
      }
    }
    for (const Row& row : group) {
      double sum = 0;
      for (const Segment& segment : row.segments) sum += segment.point->y;
      extent.add(sum);
    }
    groups.push_back(std::move(group));
  }
  return draw_rows(drawing, groups, columns, extent, true);
}

std::string svg_begin(double height, const Plot& plot) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1:.0f}\" width=\"{0}\" height=\"{1:.0f}\" role=\"img\" "
      "font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"13\">\n<title>{2}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kPlotWidth, height, svg_escaped(plot.title));
}

std::string legend(const std::vector<std::string>& names, double left, double& y, bool with_markers) {
  std::string svg;
  double x = left;
  for (size_t i = 0; i < names.size(); ++i) {
    const double width = 24 + kLetter * 1.08 * static_cast<double>(letters(names[i])) + 16;
    if (x > left && x + width > kPlotWidth) {
      x = left;
      y += 20;
    }
    svg += with_markers ? marker(i, x + 7, y, false)
                        : fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"13\" height=\"13\" fill=\"{}\"{}/>\n", x, y - 7, kPlotColours[i % kPlotColourCount],
                                      i >= kPlotColourCount ? " fill-opacity=\"0.55\"" : "");
    svg += svg_text(x + 20, y + 4, "fill=\"#111\"", names[i]);
    x += width;
  }
  if (!names.empty()) y += 18;
  return svg;
}

std::string tick_text(double value) {
  const double size = std::abs(value);
  if (size >= 1e9) return fmt::format("{:g}G", value / 1e9);
  if (size >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (size >= 1e4 && std::fmod(size, 1000) == 0) return fmt::format("{:g}k", value / 1e3);
  return fmt::format("{:.6g}", value + 0.0);
}

std::string marker(size_t index, double x, double y, bool is_hollow) {
  const std::string paint = fmt::format("fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"", is_hollow ? "white" : kPlotColours[index % kPlotColourCount], kPlotColours[index % kPlotColourCount]);
  switch (index % 4) {
    case 0: return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" {}/>", x, y, paint);
    case 1: return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"7\" height=\"7\" {}/>", x - 3.5, y - 3.5, paint);
    case 2: return fmt::format("<path d=\"M{:.1f} {:.1f}l4.5 8h-9z\" {}/>", x, y - 4.8, paint);
    default: return fmt::format("<path d=\"M{:.1f} {:.1f}l4.8 4.8l-4.8 4.8l-4.8 -4.8z\" {}/>", x, y - 4.8, paint);
  }
}

}  // namespace rvx::cli::lab
