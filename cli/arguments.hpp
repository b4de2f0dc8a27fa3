// From argv to a subcommand with its options: spellings of QEMU and Spike become ours.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

struct ParsedArguments {
  enum class Kind { kCommand, kHelp, kVersion } kind = Kind::kCommand;
  const CommandRow* command = nullptr;  // kHelp without one: of rvx as a whole
  bool help_all = false;
  Invocation invocation;
  std::vector<std::string> warnings;  // one line each
};

// `arguments`: argv without the program's name.
[[nodiscard]] Result<ParsedArguments> parse_arguments(std::span<const std::string> arguments);

}  // namespace rvx::cli
