// Draws curves and bars.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/lab/plot.hpp"

namespace rvx::cli::lab {

struct Drawing {
  const std::vector<Series>& series;
  const Plot& plot;
  std::string x_label, y_label;
  std::vector<std::pair<double, std::string>> marks;
};

[[nodiscard]] std::string draw_lines(const Drawing& drawing);
[[nodiscard]] std::string draw_bars(const Drawing& drawing);
// One bar for each x and combination, the plot's columns end to end.
[[nodiscard]] std::string draw_stacked(const Drawing& drawing);

// What charts of both kinds have in common.
inline constexpr double kPlotWidth = 760;
[[nodiscard]] std::string svg_begin(double height, const Plot& plot);
[[nodiscard]] std::string legend(const std::vector<std::string>& names, double left, double& y, bool with_markers);
// "12k", "0.5"; short enough for an axis.
[[nodiscard]] std::string tick_text(double value);
// A shape for the curve of this number, so that colour is not all that tells them apart.
[[nodiscard]] std::string marker(size_t index, double x, double y, bool is_hollow);

}  // namespace rvx::cli::lab
