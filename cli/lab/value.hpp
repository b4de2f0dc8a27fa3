// What expressions of a lab yield: a number, a word, or nothing, with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace rvx::cli::lab {

struct Missing {
  enum class Why : uint8_t {
    kNoValue,  // an operation that has none, as a division by 0
    kNoPoint,  // compared with a point that is not in this sweep
    kFailed,   // the point failed
    kUnknown,  // nothing has this name: the lab is wrong
    kWrong,    // a word where a number belongs: the lab is wrong
  };
  Why why = Why::kNoValue;
  std::string text;

  // Whether whoever wrote the lab must mend it.
  [[nodiscard]] bool is_mistake() const { return why == Why::kUnknown || why == Why::kWrong; }
  bool operator==(const Missing&) const = default;
};

using Value = std::variant<Missing, double, std::string>;

[[nodiscard]] inline const Missing* missing(const Value& value) {
  return std::get_if<Missing>(&value);
}
[[nodiscard]] inline const double* number(const Value& value) {
  return std::get_if<double>(&value);
}
[[nodiscard]] inline const std::string* word(const Value& value) {
  return std::get_if<std::string>(&value);
}

// "12", "0.333333"; six digits where it is no whole number.
[[nodiscard]] std::string number_text(double value);
// For reading: "12", "0.3333", "95755"; four digits, but all of those before the point.
[[nodiscard]] std::string short_number(double value);
// A missing one is "-".
[[nodiscard]] std::string value_text(const Value& value);
// With so many digits after the point.
[[nodiscard]] std::string value_text(const Value& value, std::optional<int> digits);

}  // namespace rvx::cli::lab
