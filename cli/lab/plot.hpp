// Plots of a lab as SVG.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/lab/results.hpp"

namespace rvx::cli::lab {

struct PlotPoint {
  Value x;
  double y = 0;
  std::string where;  // for whoever points at it
};

struct Series {
  std::string name;
  std::vector<PlotPoint> points;  // in the order of the sweep
};

// What a plot shows. Fails with 126 where a curve has two points at one x.
[[nodiscard]] Result<std::vector<Series>> series_of(const Results& results, const Plot& plot);

// Each plot's name and an SVG file that needs nothing else; those that show nothing are left away.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> svg_plots(const Results& results);
[[nodiscard]] std::string svg_plot(const Results& results, const Plot& plot);

}  // namespace rvx::cli::lab
