// The subcommands as a table made from commands.inc, and what each is called with.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace rvx::cli {

// A command line, taken apart.
struct Invocation {
  OptionValues options;
  std::vector<std::string> operands;  // PROGRAM and its arguments, files, ...
};

struct CommandRow {
  std::string_view name;
  char letter;
  int (*function)(const Invocation&);  // returns the exit status
  std::string_view synopsis;
  std::string_view summary;
  std::string_view example;
};

[[nodiscard]] std::span<const CommandRow> command_rows() noexcept;
[[nodiscard]] const CommandRow* find_command(std::string_view name) noexcept;

#define COMMAND(name, letter, function, synopsis, summary, example) int function(const Invocation&);
#include "cli/commands.inc"
#undef COMMAND

}  // namespace rvx::cli
