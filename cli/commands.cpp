// The table of subcommands.
#include "cli/commands.hpp"

namespace rvx::cli {
namespace {

constexpr CommandRow kCommands[] = {
#define COMMAND(name, letter, function, synopsis, summary, example) \
  {#name, letter, function, synopsis, summary, example},
#include "cli/commands.inc"
#undef COMMAND
};

}  // namespace

std::span<const CommandRow> command_rows() noexcept { return kCommands; }

const CommandRow* find_command(std::string_view name) noexcept {
  for (const CommandRow& row : kCommands)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace rvx::cli
