// Reads lab.json and checks it: every key, every expression, every name.
#pragma once

#include <string>

#include "cli/lab/lab.hpp"
#include "machine/error.hpp"

namespace rvx::cli::lab {

// `folder` holds lab.json; its last part is the lab's name. `guest`: one of the lab's variants, or empty.
// Fails with 127 where there is none, and with 126 and one line that names file, key and what is allowed.
[[nodiscard]] Result<Lab> read_lab(const std::string& folder, const std::string& guest);

// `file` stands for the text in messages.
[[nodiscard]] Result<Lab> parse_lab(const std::string& file, const std::string& name, std::string_view text, const std::string& guest);

}  // namespace rvx::cli::lab
