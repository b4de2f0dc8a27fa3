// What a plot shows: points of the sweep as curves, and how they are drawn.
#include "cli/lab/plot.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/lab/plot_drawing.hpp"

namespace rvx::cli::lab {
namespace {

// "asid lru" or "policy=asid"; with several columns theirs, too.
std::string series_name(const Results& results, const Plot& plot, const std::string& y, size_t point) {
  std::string name;
  for (const std::string& one : plot.by) {
    const Value value = results.value(point, one);
    // A number says nothing without its parameter.
    const std::string text = word(value) != nullptr ? value_text(value) : fmt::format("{} {}", one, value_text(value));
    name += (name.empty() ? "" : ", ") + text;
  }
  if (plot.y.size() == 1) return name;
  const Column* column = results.lab.column(y);
  const std::string label = column != nullptr && !column->text.empty() ? column->text : y;
  return name.empty() ? label : fmt::format("{}: {}", label, name);
}

bool is_chosen(const Plot& plot, const Scope& scope) {
  return !plot.where || truth_of(evaluate(*plot.where, scope)).value;
}

PlotKind kind_of(const Plot& plot, const std::vector<Series>& series) {
  if (plot.kind != PlotKind::kAuto) return plot.kind;
  for (const Series& one : series)
    for (const PlotPoint& point : one.points)
      if (word(point.x) != nullptr) return PlotKind::kBar;
  return PlotKind::kLine;
}

}  // namespace

Result<std::vector<Series>> series_of(const Results& results, const Plot& plot) {
  const ResultScopes scopes(results);
  std::vector<Series> all;
  std::map<std::string, size_t> places;
  for (const std::string& y : plot.y) {
    for (size_t i = 0; i < scopes.size(); ++i) {
      if (!results.points[i].is_ok() || !is_chosen(plot, scopes.point(i))) continue;
      const Value value = results.value(i, y), x = results.value(i, plot.x);
      if (number(value) == nullptr || missing(x) != nullptr) continue;
      const std::string name = series_name(results, plot, y, i);
      const auto [at, is_new] = places.emplace(name, all.size());
      if (is_new) all.push_back({name, {}});
      std::vector<PlotPoint>& points = all[at->second].points;
      const std::string where = point_text(results.lab, results.sweep.points[i]);
      for (const PlotPoint& other : points)
        if (other.x == x && results.lab.parameter(plot.x) != nullptr)
          return unusable_error(fmt::format("{}: plots.{}: two points at {}={}: {} and {}; name the parameter in by, or choose with where", results.lab.file, plot.name,
                                            plot.x, value_text(x), other.where, where));
      points.push_back({x, *number(value), fmt::format("{}\n{} = {}", where, y, short_number(*number(value)))});
    }
  }
  return all;
}

std::string svg_plot(const Results& results, const Plot& plot) {
  const auto series = series_of(results, plot);
  if (!series || series->empty()) return {};
  Drawing drawing{*series, plot, {}, {}, {}};
  drawing.x_label = plot.x_label.empty() ? results.lab.label(plot.x) : plot.x_label;
  const bool has_one_unit = std::all_of(plot.y.begin(), plot.y.end(), [&](const std::string& y) { return results.lab.unit(y) == results.lab.unit(plot.y[0]); });
  drawing.y_label = !plot.y_label.empty() ? plot.y_label : plot.y.size() == 1 ? results.lab.label(plot.y[0]) : has_one_unit ? results.lab.unit(plot.y[0]) : std::string{};
  const ResultScopes scopes(results);
  for (const Mark& mark : plot.marks) {
    // The first point of the plot stands for all of them.
    for (size_t i = 0; i < scopes.size(); ++i) {
      if (!is_chosen(plot, scopes.point(i))) continue;
      const Value x = evaluate(mark.x, scopes.point(i));
      if (number(x) != nullptr) drawing.marks.emplace_back(*number(x), mark.text);
      break;
    }
  }
  switch (kind_of(plot, *series)) {
    case PlotKind::kStacked: return draw_stacked(drawing);
    case PlotKind::kBar: return draw_bars(drawing);
    default: return draw_lines(drawing);
  }
}

std::vector<std::pair<std::string, std::string>> svg_plots(const Results& results) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Plot& plot : results.lab.plots)
    if (std::string svg = svg_plot(results, plot); !svg.empty()) all.emplace_back(plot.name, std::move(svg));
  return all;
}

}  // namespace rvx::cli::lab
