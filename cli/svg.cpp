// Text and axes of charts.
#include "cli/svg.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/xml.hpp"

namespace rvx::cli {

std::string svg_escaped(std::string_view text) {
  return xml_text(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 ? ' ' : c; });
}

std::string svg_text(double x, double y, std::string_view style, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, style, svg_escaped(text));
}

std::vector<double> log_steps(double low, double high) {
  std::vector<double> all;
  for (int power = -15; power < 19; ++power)
    for (const double step : {1.0, 2.0, 5.0}) all.push_back(step * std::pow(10.0, power));
  while (all.size() > 2 && all[1] <= low) all.erase(all.begin());
  while (all.size() > 2 && all[all.size() - 2] >= high) all.pop_back();
  return all;
}

std::vector<double> linear_steps(double low, double high, unsigned count) {
  if (high <= low) high = low + (low == 0 ? 1 : std::abs(low));
  const double rough = (high - low) / std::max(1u, count), power = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / power, step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
  std::vector<double> all;
  const double first = std::floor(low / step), last = std::ceil(high / step - 1e-9);
  for (double i = first; i <= last; ++i) all.push_back(i * step);
  return all;
}

std::vector<double> log2_steps(double low, double high, unsigned count) {
  const double first = std::floor(std::log2(low)), last = std::max(first + 1, std::ceil(std::log2(high)));
  const double step = std::max(1.0, std::ceil((last - first) / std::max(1u, count)));
  std::vector<double> all;
  for (double power = first; power < last + step; power += step) all.push_back(std::exp2(power));
  return all;
}

}  // namespace rvx::cli
