// Takes templates apart and fills them in.
#include "cli/lab/template.hpp"

#include <cmath>

#include <fmt/format.h>

namespace rvx::cli::lab {
namespace {

// A reader wants no more digits than tell something; whole numbers keep all of theirs.
std::string for_reader(const Value& value) {
  const double* n = number(value);
  if (n == nullptr || std::trunc(*n) == *n) return value_text(value);
  return fmt::format("{:.3g}", *n);
}

}  // namespace

Result<Template> parse_template(std::string_view text) {
  Template all;
  std::string plain;
  const auto finish_plain = [&] {
    if (!plain.empty()) all.parts.push_back({std::exchange(plain, {}), std::nullopt});
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      plain += c;
      ++at;
    } else if (c == '{') {
      const size_t end = text.find('}', at);
      if (end == std::string_view::npos) return unusable_error(fmt::format("the closing brace is missing in '{}'", text));
      Result<Expression> expression = parse_expression(text.substr(at + 1, end - at - 1));
      if (!expression) return expression.error();
      finish_plain();
      all.parts.push_back({{}, std::move(*expression)});
      at = end;
    } else {
      plain += c;
    }
  }
  finish_plain();
  return all;
}

Value fill(const Template& text, const Scope& scope) {
  std::string all;
  for (const Template::Part& part : text.parts) {
    if (!part.filled) {
      all += part.text;
      continue;
    }
    const Value value = evaluate(*part.filled, scope);
    if (missing(value) != nullptr) return value;
    all += value_text(value);
  }
  return all;
}

std::string fill_for_reader(const Template& text, const Scope& scope) {
  std::string all;
  for (const Template::Part& part : text.parts)
    all += part.filled ? for_reader(evaluate(*part.filled, scope)) : part.text;
  return all;
}

void each_use(const Template& text, std::vector<Use>& uses) {
  for (const Template::Part& part : text.parts)
    if (part.filled) each_use(*part.filled, uses);
}

}  // namespace rvx::cli::lab
