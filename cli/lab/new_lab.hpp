// A lab to start from: a folder that runs as it is.
#pragma once

#include <string>

#include "machine/error.hpp"

namespace rvx::cli::lab {

// Makes labs/NAME in the source tree, for the kernel also the program beside the kernel's own. Returns what
// to tell its author.
[[nodiscard]] Result<std::string> new_lab(const std::string& name, bool is_kernel);

}  // namespace rvx::cli::lab
