// Help texts, made from the tables of commands and options.
#pragma once

#include <string>

#include "cli/commands.hpp"

namespace rvx::cli {

// Of rvx as a whole.
[[nodiscard]] std::string general_help();
// Of one command; `all` shows the rarer options, too.
[[nodiscard]] std::string command_help(const CommandRow& command, bool all);
[[nodiscard]] std::string version_text(bool as_json);

}  // namespace rvx::cli
