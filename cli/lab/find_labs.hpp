// Where labs are: the source tree's labs/, or a folder that somebody names.
#pragma once

#include <string>
#include <vector>

#include "machine/error.hpp"

namespace rvx::cli::lab {

// Folders of labs/ with a lab.json, by name. Fails where there is no source tree.
[[nodiscard]] Result<std::vector<std::string>> lab_folders();

// The folder of a lab by its name, or by a path: whatever has a slash or is a folder with lab.json.
[[nodiscard]] Result<std::string> find_lab(const std::string& name);

// labs/ of the source tree.
[[nodiscard]] Result<std::string> labs_directory();

}  // namespace rvx::cli::lab
