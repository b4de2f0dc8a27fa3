// Curves over a numeric axis, with a point for each measurement.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "cli/lab/plot_drawing.hpp"
#include "cli/svg.hpp"

namespace rvx::cli::lab {
namespace {

constexpr double kLeft = 82, kRight = 24, kHeight = 300;
constexpr unsigned kXSteps = 10, kYSteps = 6;
constexpr double kDigitWidth = 7.2;

// From values to pixels.
class Axis {
 public:
  Axis(Scale scale, std::vector<double> values, double from, double to, unsigned steps, bool is_from_zero) : scale_(scale), from_(from), to_(to) {
    std::sort(values.begin(), values.end());
    double low = values.front(), high = values.back();
    if (scale_ != Scale::kLinear) {
      // Nothing at or below 0 has a place; it stands at the edge.
      const auto first = std::upper_bound(values.begin(), values.end(), 0.0);
      has_edge_ = first != values.begin();
      low = first == values.end() ? 1 : *first;
      high = std::max(low, high);
      steps_ = scale_ == Scale::kLog ? log_steps(low, high) : log2_steps(low, high, steps);
      if (has_edge_) low_end_ = steps_.front() / 2;
    } else {
      if (is_from_zero) low = std::min(0.0, low);
      // Whole numbers, as of threads, have nothing between them.
      const bool is_whole = std::all_of(values.begin(), values.end(), [](double value) { return std::trunc(value) == value; });
      if (is_whole) steps = static_cast<unsigned>(std::clamp(high - low, 1.0, static_cast<double>(steps)));
      steps_ = linear_steps(low, high, steps);
    }
    low_ = has_edge_ ? low_end_ : steps_.front();
    high_ = steps_.back();
  }

  [[nodiscard]] double at(double value) const {
    const double share = scale_ == Scale::kLinear ? (value - low_) / (high_ - low_)
                         : value <= 0             ? 0
                                                  : std::log(value / low_) / std::log(high_ / low_);
    return from_ + (to_ - from_) * std::clamp(share, 0.0, 1.0);
  }
  [[nodiscard]] bool is_at_edge(double value) const { return has_edge_ && value <= 0; }
  [[nodiscard]] bool has_edge() const { return has_edge_; }
  [[nodiscard]] const std::vector<double>& steps() const { return steps_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  Scale scale_;
  double from_, to_, low_ = 0, high_ = 1, low_end_ = 0;
  bool has_edge_ = false;
  std::vector<double> steps_;
};

std::string grid(const Axis& x, const Axis& y, double top, double bottom, const Drawing& drawing) {
  std::string svg;
  for (const double step : y.steps()) {
    const double at = y.at(step);
    svg += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\" stroke=\"#e2e6ea\"/>\n", kLeft, at, kPlotWidth - kRight, at);
    svg += svg_text(kLeft - 8, at + 4, "text-anchor=\"end\" fill=\"#444\"", tick_text(step));
  }
  if (y.has_edge()) svg += svg_text(kLeft - 8, bottom + 4, "text-anchor=\"end\" fill=\"#444\"", "0");
  double free_from = -1;
  for (const double step : x.steps()) {
    const double at = x.at(step);
    const std::string text = tick_text(step);
    const double half = kDigitWidth * static_cast<double>(text.size()) / 2;
    svg += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#e2e6ea\"/>\n", at, top, bottom);
    if (at - half < free_from) continue;
    svg += svg_text(at, bottom + 18, "text-anchor=\"middle\" fill=\"#444\"", text);
    free_from = at + half + 6;
  }
  svg += fmt::format("<path d=\"M{0:.1f} {1:.1f}V{2:.1f}H{3:.1f}\" fill=\"none\" stroke=\"#444\"/>\n", kLeft, top, bottom, kPlotWidth - kRight);
  svg += svg_text((kLeft + kPlotWidth - kRight) / 2, bottom + 40, "text-anchor=\"middle\" fill=\"#111\"", drawing.x_label);
  const double middle = (top + bottom) / 2;
  return svg + fmt::format("<text transform=\"translate(18 {:.1f}) rotate(-90)\" text-anchor=\"middle\" fill=\"#111\">{}</text>\n", middle, svg_escaped(drawing.y_label));
}

std::string marks_of(const Drawing& drawing, const Axis& x, double top, double bottom) {
  std::string svg;
  double text_y = bottom - 8;  // where there are the fewest curves, and one above the other
  for (const auto& [value, text] : drawing.marks) {
    if (value < x.low() || value > x.high()) continue;
    const double at = x.at(value);
    svg += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#777\" stroke-dasharray=\"5 4\"/>\n", at, top, bottom);
    const bool is_right = at > kPlotWidth * 0.6;
    const std::string_view halo = "fill=\"#555\" font-size=\"12\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"";
    svg += svg_text(is_right ? at - 5 : at + 5, text_y, fmt::format("{}{}", is_right ? "text-anchor=\"end\" " : "", halo), text);
    text_y -= 15;
  }
  return svg;
}

std::string curve(const Series& series, size_t index, const Axis& x, const Axis& y) {
  std::vector<const PlotPoint*> points;
  for (const PlotPoint& point : series.points)
    if (number(point.x) != nullptr) points.push_back(&point);
  std::sort(points.begin(), points.end(), [](const PlotPoint* a, const PlotPoint* b) { return *number(a->x) < *number(b->x); });
  std::string path, dots;
  for (const PlotPoint* point : points) {
    const double px = x.at(*number(point->x)), py = y.at(point->y);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", px, py);
    dots += fmt::format("<g>{}<title>{}</title></g>\n", marker(index, px, py, y.is_at_edge(point->y)),
                        svg_escaped(series.name.empty() ? point->where : series.name) + (series.name.empty() ? "" : "\n" + svg_escaped(point->where)));
  }
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-linejoin=\"round\"{}/>\n", path, kPlotColours[index % kPlotColourCount],
                     index >= kPlotColourCount ? " stroke-dasharray=\"7 4\"" : "") +
         dots;
}

}  // namespace

std::string draw_lines(const Drawing& drawing) {
  std::vector<double> xs, ys;
  std::vector<std::string> names;
  for (const Series& one : drawing.series) {
    if (!one.name.empty()) names.push_back(one.name);
    for (const PlotPoint& point : one.points) {
      if (number(point.x) == nullptr) continue;
      xs.push_back(*number(point.x));
      ys.push_back(point.y);
    }
  }
  if (xs.empty()) return {};
  double top = 14;
  const std::string names_svg = legend(names, kLeft, top, true);
  const double bottom = top + kHeight;
  const Axis x(drawing.plot.x_scale, xs, kLeft, kPlotWidth - kRight, kXSteps, false);
  const Axis y(drawing.plot.y_scale, ys, bottom, top, kYSteps, true);
  std::string svg = svg_begin(bottom + 52, drawing.plot) + names_svg + grid(x, y, top, bottom, drawing);
  for (size_t i = 0; i < drawing.series.size(); ++i) svg += curve(drawing.series[i], i, x, y);
  return svg + marks_of(drawing, x, top, bottom) + "</svg>\n";
}

}  // namespace rvx::cli::lab
