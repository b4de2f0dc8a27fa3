// Values of expressions as text.
#include "cli/lab/value.hpp"

#include <cmath>

#include <fmt/format.h>

namespace rvx::cli::lab {

std::string number_text(double value) {
  constexpr double kMostExact = 9007199254740992.0;  // 2^53
  if (std::trunc(value) == value && std::abs(value) <= kMostExact)
    return fmt::format("{:.0f}", value + 0.0);  // never "-0"
  return fmt::format("{:.6g}", value);
}

std::string short_number(double value) {
  if (std::trunc(value) == value) return number_text(value);
  return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string value_text(const Value& value) { return value_text(value, std::nullopt); }

std::string value_text(const Value& value, std::optional<int> digits) {
  if (const std::string* text = word(value)) return *text;
  const double* n = number(value);
  if (n == nullptr) return "-";
  return digits ? fmt::format("{:.{}f}", *n, *digits) : number_text(*n);
}

}  // namespace rvx::cli::lab
