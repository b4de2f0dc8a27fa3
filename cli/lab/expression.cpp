// Evaluates expressions of lab.json. What has no value says why, all the way up.
#include "cli/lab/expression.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/lab/knee.hpp"

namespace rvx::cli::lab {
namespace {

using Kind = Expression::Kind;
using Why = Missing::Why;

constexpr double kKneeTimes = 2;

Value wrong(std::string text) { return Missing{Why::kWrong, std::move(text)}; }
Value finite(double value, const char* what) {
  if (std::isfinite(value)) return value;
  return Missing{Why::kNoValue, what};
}

Value compare_words(const std::string& op, bool is_equal) {
  if (op == "==") return is_equal ? 1.0 : 0.0;
  if (op == "!=") return is_equal ? 0.0 : 1.0;
  return wrong(fmt::format("{} takes numbers, not words", op));
}

Value binary(const std::string& op, const Value& left, const Value& right) {
  const double *a = number(left), *b = number(right);
  if (a == nullptr || b == nullptr) {
    const std::string *u = word(left), *v = word(right);
    return compare_words(op, u != nullptr && v != nullptr && *u == *v);
  }
  if (op == "+") return finite(*a + *b, "too large");
  if (op == "-") return finite(*a - *b, "too large");
  if (op == "*") return finite(*a * *b, "too large");
  if (op == "/") return finite(*a / *b, "a division by 0");
  if (op == "%") return finite(std::fmod(*a, *b), "a division by 0");
  if (op == "^") return finite(std::pow(*a, *b), "no such power");
  const bool is = op == "==" ? *a == *b : op == "!=" ? *a != *b : op == "<" ? *a < *b : op == "<=" ? *a <= *b : op == ">" ? *a > *b : *a >= *b;
  return is ? 1.0 : 0.0;
}

// && and || need their right side only where the left does not decide.
Value logical(const Expression& e, const Scope& scope) {
  const Value left = evaluate(e.parts[0], scope);
  const Truth first = truth_of(left);
  if (!first.is_known) return first.missing;
  const bool is_and = e.text == "&&";
  if (first.value != is_and) return first.value ? 1.0 : 0.0;
  const Truth second = truth_of(evaluate(e.parts[1], scope));
  if (!second.is_known) return second.missing;
  return second.value ? 1.0 : 0.0;
}

Value call(const Expression& e, const Scope& scope) {
  std::vector<double> n;
  for (const Expression& part : e.parts) {
    const Value value = evaluate(part, scope);
    if (missing(value) != nullptr) return value;
    if (number(value) == nullptr) return wrong(fmt::format("{} takes numbers, not '{}'", e.text, *word(value)));
    n.push_back(*number(value));
  }
  if (e.text == "min") return *std::min_element(n.begin(), n.end());
  if (e.text == "max") return *std::max_element(n.begin(), n.end());
  if (e.text == "near") return std::abs(n[0] - n[1]) <= n[2] * std::abs(n[1]) ? 1.0 : 0.0;
  if (e.text == "abs") return std::abs(n[0]);
  if (e.text == "floor") return std::floor(n[0]);
  if (e.text == "ceil") return std::ceil(n[0]);
  if (e.text == "round") return std::round(n[0]);
  if (e.text == "sqrt") return finite(std::sqrt(n[0]), "no root");
  return finite(std::log2(n[0]), "no logarithm");
}

// The points where `condition`, if any, is true.
Value chosen_points(const Scope& scope, const Expression* condition, std::vector<const Scope*>& chosen) {
  for (const Scope* point : scope.points()) {
    if (condition != nullptr) {
      const Truth truth = truth_of(evaluate(*condition, *point));
      if (!truth.is_known && (truth.missing.is_mistake() || truth.missing.why == Why::kFailed)) return truth.missing;
      if (!truth.is_known || !truth.value) continue;
    }
    chosen.push_back(point);
  }
  return 0.0;
}

Value agreed(const std::vector<Value>& values) {
  for (const Value& value : values)
    if (value != values[0])
      return wrong(fmt::format("value(…) stands for {} here and {} there; its points must agree", value_text(values[0]), value_text(value)));
  return values[0];
}

Value over_numbers(const std::string& what, const std::vector<Value>& values) {
  double low = HUGE_VAL, high = -HUGE_VAL, sum = 0;
  size_t truths = 0;
  for (const Value& value : values) {
    const double* n = number(value);
    if (n == nullptr) return wrong(fmt::format("{} takes numbers, not '{}'", what, *word(value)));
    low = std::min(low, *n);
    high = std::max(high, *n);
    sum += *n;
    truths += *n != 0 ? 1 : 0;
  }
  if (what == "sum_over") return sum;
  if (what == "all_over") return truths == values.size() ? 1.0 : 0.0;
  if (what == "any_over") return truths != 0 ? 1.0 : 0.0;
  if (what == "min_over") return low;
  if (what == "max_over") return high;
  return sum / static_cast<double>(values.size());
}

Value over(const Expression& e, const Scope& scope) {
  const bool is_count = e.text == "count_over";
  const Expression* const condition = e.parts.size() > (is_count ? 0 : 1) ? &e.parts.back() : nullptr;
  std::vector<const Scope*> chosen;
  if (Value done = chosen_points(scope, condition, chosen); missing(done) != nullptr) return done;
  if (is_count) return static_cast<double>(chosen.size());
  std::vector<Value> values;
  for (const Scope* point : chosen) {
    Value value = evaluate(e.parts[0], *point);
    const Missing* none = missing(value);
    if (none != nullptr && (none->is_mistake() || none->why == Why::kFailed)) return value;
    if (none == nullptr) values.push_back(std::move(value));
  }
  if (values.empty()) return Missing{Why::kNoPoint, fmt::format("{} has no point", e.text)};
  return e.text == "value" ? agreed(values) : over_numbers(e.text, values);
}

Value knee(const Expression& e, const Scope& scope) {
  std::vector<const Scope*> chosen;
  if (Value done = chosen_points(scope, &e.parts[2], chosen); missing(done) != nullptr) return done;
  std::vector<std::pair<double, double>> curve;
  for (const Scope* point : chosen) {
    const Value y = evaluate(e.parts[0], *point), x = evaluate(e.parts[1], *point);
    for (const Value* value : {&y, &x}) {
      if (const Missing* none = missing(*value); none != nullptr && (none->is_mistake() || none->why == Why::kFailed)) return *none;
      if (word(*value) != nullptr) return wrong(fmt::format("knee takes numbers, not '{}'", *word(*value)));
    }
    if (number(x) != nullptr && number(y) != nullptr) curve.emplace_back(*number(x), *number(y));
  }
  const Value times = e.parts.size() > 3 ? evaluate(e.parts[3], scope) : Value{kKneeTimes};
  if (number(times) == nullptr) return times;
  const std::optional<Knee> found = find_knee(std::move(curve), *number(times));
  if (!found) return Missing{Why::kNoPoint, "knee has no point"};
  return found->flat;
}

Value at(const Expression& e, const Scope& scope) {
  Assignments changes;
  std::string text;
  for (size_t i = 0; i < e.names.size(); ++i) {
    Value value = evaluate(e.parts[i + 1], scope);
    if (missing(value) != nullptr) return value;
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", e.names[i], value_text(value));
    changes.emplace_back(e.names[i], std::move(value));
  }
  const Scope* other = scope.at(changes);
  if (other == nullptr) return Missing{Why::kNoPoint, fmt::format("there is no point with {}", text)};
  return evaluate(e.parts[0], *other);
}

Value choose(const Expression& e, const Scope& scope) {
  const Truth truth = truth_of(evaluate(e.parts[0], scope));
  if (!truth.is_known) return truth.missing;
  return evaluate(e.parts[truth.value ? 1 : 2], scope);
}

Value unary(const Expression& e, const Scope& scope) {
  Value value = evaluate(e.parts[0], scope);
  if (missing(value) != nullptr) return value;
  const double* n = number(value);
  if (n == nullptr) return wrong(fmt::format("{} takes a number, not '{}'", e.text, *word(value)));
  return e.text == "-" ? -*n : (*n == 0 ? 1.0 : 0.0);
}

}  // namespace

Value Scope::source(const std::string& source, const std::string& key) const {
  return Missing{Why::kUnknown, fmt::format("{} cannot stand here", source_text(source, key))};
}

Value Scope::count(const std::string& source, const std::string& key) const { return Scope::source(source, key); }

Truth truth_of(const Value& value) {
  if (const Missing* none = missing(value)) return {false, false, *none};
  if (const double* n = number(value)) return {true, *n != 0, {}};
  return {false, false, {Why::kWrong, fmt::format("a condition cannot be a word: '{}'", *word(value))}};
}

Value evaluate(const Expression& e, const Scope& scope) {
  switch (e.kind) {
    case Kind::kNumber: return e.number;
    case Kind::kWord: return e.text;
    case Kind::kName: return scope.name(e.text);
    case Kind::kSource: return scope.source(e.text, e.key);
    case Kind::kCount: return scope.count(e.text, e.key);
    case Kind::kUnary: return unary(e, scope);
    case Kind::kChoose: return choose(e, scope);
    case Kind::kAt: return at(e, scope);
    case Kind::kCall: return call(e, scope);
    case Kind::kOver: return over(e, scope);
    case Kind::kKnee: return knee(e, scope);
    case Kind::kElse: {
      Value value = evaluate(e.parts[0], scope);
      const Missing* none = missing(value);
      if (none == nullptr || none->why == Why::kFailed || none->why == Why::kWrong) return value;
      return evaluate(e.parts[1], scope);
    }
    case Kind::kBinary: break;
  }
  if (e.text == "&&" || e.text == "||") return logical(e, scope);
  const Value left = evaluate(e.parts[0], scope);
  if (missing(left) != nullptr) return left;
  const Value right = evaluate(e.parts[1], scope);
  if (missing(right) != nullptr) return right;
  return binary(e.text, left, right);
}

}  // namespace rvx::cli::lab
