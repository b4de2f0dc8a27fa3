// Questions about what a lab says.
#include "cli/lab/lab.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace rvx::cli::lab {

bool Allowed::has(const Value& value) const {
  if (!list.empty()) return std::find(list.begin(), list.end(), value) != list.end();
  const double* n = number(value);
  if (n == nullptr || std::trunc(*n) != *n || *n < from || *n > to) return false;
  if (is_power_of_two) return *n >= 1 && std::exp2(std::round(std::log2(*n))) == *n;
  return std::fmod(*n - from, step) == 0;
}

std::string Allowed::text() const {
  if (!list.empty()) {
    std::string all;
    for (const Value& value : list) all += (all.empty() ? "" : ", ") + value_text(value);
    return all;
  }
  std::string range = fmt::format("{} to {}", number_text(from), number_text(to));
  if (is_power_of_two) return "powers of two from " + range;
  return step == 1 ? range : fmt::format("{} in steps of {}", range, number_text(step));
}

const Parameter* Lab::parameter(const std::string& name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

const Column* Lab::column(const std::string& name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::string Lab::unit(const std::string& name) const {
  if (const Parameter* one = parameter(name)) return one->unit;
  if (const Column* one = column(name)) return one->unit;
  return {};
}

std::string Lab::label(const std::string& name) const {
  std::string text = name;
  if (const Parameter* one = parameter(name); one != nullptr && !one->text.empty()) text = one->text;
  if (const Column* one = column(name); one != nullptr && !one->text.empty()) text = one->text;
  const std::string in = unit(name);
  return in.empty() ? text : fmt::format("{} [{}]", text, in);
}

}  // namespace rvx::cli::lab
