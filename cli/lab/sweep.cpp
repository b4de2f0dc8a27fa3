// Makes the points of a sweep: combinations, conditions, explicit points, a student's values.
#include "cli/lab/sweep.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "cli/lab/digest.hpp"

namespace rvx::cli::lab {
namespace {

constexpr size_t kMostPoints = 100'000;

// A number, where all of it is one, or a word.
Value read_value(std::string_view text) {
  double n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(n)) return n;
  return std::string(text);
}

std::string names_of(const Lab& lab) {
  std::string all;
  for (const Parameter& one : lab.parameters) all += (all.empty() ? "" : ", ") + one.name;
  return all.empty() ? "none" : all;
}

// "pages=4,8" into the values of its parameter.
Outcome apply_set(const Lab& lab, const std::string& set, std::vector<std::vector<Value>>& values) {
  const size_t equals = set.find('=');
  const std::string name = set.substr(0, equals);
  const Parameter* parameter = lab.parameter(name);
  if (parameter == nullptr || equals == std::string::npos)
    return usage_error(fmt::format("--set {}: lab {} has no parameter '{}'; allowed: {}", set, lab.name, name, names_of(lab)));
  std::vector<Value> chosen;
  std::string_view rest = std::string_view(set).substr(equals + 1);
  for (bool is_last = false; !is_last;) {
    const size_t comma = rest.find(',');
    is_last = comma == std::string_view::npos;
    Value value = read_value(rest.substr(0, comma));
    if (!is_last) rest.remove_prefix(comma + 1);
    if (!parameter->allowed.has(value))
      return usage_error(fmt::format("--set {}: {} cannot be '{}'; allowed: {}", set, name, value_text(value), parameter->allowed.text()));
    if (std::find(chosen.begin(), chosen.end(), value) == chosen.end()) chosen.push_back(std::move(value));
  }
  values[static_cast<size_t>(parameter - lab.parameters.data())] = std::move(chosen);
  return std::monostate{};
}

// Every combination; the last parameter changes fastest. Nothing: there are too many.
std::optional<std::vector<Point>> combine(const std::vector<std::vector<Value>>& values) {
  std::vector<Point> points(1);
  for (const std::vector<Value>& list : values) {
    std::vector<Point> longer;
    for (const Point& point : points) {
      for (const Value& value : list) {
        if (longer.size() == kMostPoints) return std::nullopt;
        longer.push_back(point);
        longer.back().push_back(value);
      }
    }
    points = std::move(longer);
  }
  return points;
}

Error wrong_number(const Lab& lab, std::string_view what) {
  return unusable_error(fmt::format("{}: sweep: has {} points; allowed: 1 to {}", lab.file, what, kMostPoints));
}

// 1: in, 0: out, or what is wrong with a condition.
Value is_in_sweep(const Lab& lab, const Point& point) {
  const ParameterScope scope(lab, point);
  for (const Expression& condition : lab.only) {
    const Truth truth = truth_of(evaluate(condition, scope));
    if (!truth.is_known) return truth.missing;
    if (!truth.value) return 0.0;
  }
  return 1.0;
}

}  // namespace

std::string digest_text(std::string_view bytes) {
  const uint64_t first = digest(bytes);
  return fmt::format("{:016x}{:016x}", first, digest(bytes, first * 3 + 1));
}

Value ParameterScope::name(const std::string& name) const {
  for (size_t i = 0; i < lab_.parameters.size(); ++i)
    if (lab_.parameters[i].name == name) return point_[i];
  return Missing{Missing::Why::kUnknown, fmt::format("unknown name '{}'", name)};
}

std::vector<Value> student_values(const Parameter& parameter, const std::vector<Value>& values, const std::string& lab, const std::string& student) {
  if (!parameter.is_for_students || student.empty()) return values;
  const Allowed& allowed = parameter.allowed;
  uint64_t random = digest(fmt::format("{}/{}/{}", student, lab, parameter.name));
  const auto next = [&](uint64_t below) { return (random = digest("next", random)) % below; };
  std::vector<Value> moved;
  const auto add = [&](const Value& value) {
    if (allowed.has(value) && std::find(moved.begin(), moved.end(), value) == moved.end()) moved.push_back(value);
  };
  if (!allowed.list.empty()) {  // as many others of the list, in its order
    std::vector<Value> left = allowed.list;
    while (left.size() > values.size()) left.erase(left.begin() + static_cast<std::ptrdiff_t>(next(left.size())));
    return left;
  }
  // Each by up to a quarter; powers of two all by the same factor, so that they stay a scale.
  const double shift = std::exp2(static_cast<double>(next(3)) - 1);
  for (const Value& value : values) {
    const double n = number(value) == nullptr ? 0 : *number(value);
    if (allowed.is_power_of_two) {
      add(n * shift);
      continue;
    }
    const double share = 0.75 + static_cast<double>(next(1000)) / 2000;
    add(allowed.from + std::round((n * share - allowed.from) / allowed.step) * allowed.step);
  }
  return moved.empty() ? values : moved;
}

Result<Sweep> make_sweep(const Lab& lab, const SweepChoice& choice) {
  std::vector<std::vector<Value>> values;
  for (const Parameter& one : lab.parameters)
    values.push_back(student_values(one, choice.is_quick ? one.quick : one.values, lab.name, choice.student));
  for (const std::string& set : choice.sets)
    if (Outcome done = apply_set(lab, set, values); !done) return done.error();

  Sweep sweep;
  sweep.is_narrowed = choice.is_quick || !choice.sets.empty() || !choice.student.empty();
  std::vector<Point> all;
  if (lab.has_product) {
    auto combinations = combine(values);
    if (!combinations) return wrong_number(lab, "too many");
    all = std::move(*combinations);
  }
  for (const Assignments& changes : lab.points) {
    Point point;
    bool is_wanted = true;
    for (size_t i = 0; i < lab.parameters.size(); ++i) {
      const Parameter& parameter = lab.parameters[i];
      const auto change = std::find_if(changes.begin(), changes.end(), [&](const auto& c) { return c.first == parameter.name; });
      point.push_back(change == changes.end() ? values[i].front() : change->second);
      const bool is_restricted = values[i] != parameter.values && (parameter.has_quick || !choice.is_quick);
      if (is_restricted && std::find(values[i].begin(), values[i].end(), point.back()) == values[i].end()) is_wanted = false;
    }
    if (is_wanted && std::find(all.begin(), all.end(), point) == all.end()) all.push_back(std::move(point));
  }
  for (Point& point : all) {
    const Value in = is_in_sweep(lab, point);
    if (const Missing* none = missing(in)) return unusable_error(fmt::format("{}: sweep.only: {}", lab.file, none->text));
    if (*number(in) != 0) sweep.points.push_back(std::move(point));
  }
  if (sweep.points.empty() || sweep.points.size() > kMostPoints) return wrong_number(lab, sweep.points.empty() ? "no" : "too many");
  return sweep;
}

std::string point_text(const Lab& lab, const Point& point) {
  std::string text;
  for (size_t i = 0; i < lab.parameters.size(); ++i)
    text += fmt::format("{}{}={}", i == 0 ? "" : " ", lab.parameters[i].name, value_text(point[i]));
  return text.empty() ? "the only point" : text;
}

}  // namespace rvx::cli::lab
