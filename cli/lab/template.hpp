// Texts of lab.json with expressions between braces: "pages={pages}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/lab/expression.hpp"

namespace rvx::cli::lab {

struct Template {
  struct Part {
    std::string text;                  // as it stands, if there is no expression
    std::optional<Expression> filled;
  };
  std::vector<Part> parts;

  [[nodiscard]] bool empty() const { return parts.empty(); }
};

// "{{" and "}}" stand for one brace.
[[nodiscard]] Result<Template> parse_template(std::string_view text);
// A text, or why an expression in it has no value.
[[nodiscard]] Value fill(const Template& text, const Scope& scope);
// The same for readers: what has no value is shown as "-".
[[nodiscard]] std::string fill_for_reader(const Template& text, const Scope& scope);
void each_use(const Template& text, std::vector<Use>& uses);

}  // namespace rvx::cli::lab
