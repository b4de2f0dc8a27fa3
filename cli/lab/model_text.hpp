// Changes the text of a model file: single keys, whole sections.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rvx::cli::lab {

// "section.key" and its value, or "section" and nothing: the section goes.
using ModelChange = std::pair<std::string, std::optional<std::string>>;

// What stands there already is replaced, wherever the section stands; anything else is added. Whether the
// result is a model is for parse_model to say.
[[nodiscard]] std::string change_model(std::string_view text, const std::vector<ModelChange>& changes);

}  // namespace rvx::cli::lab
