// Help texts, made from the tables of commands and options.
#include "cli/help.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cpu/isa/isa_config.hpp"

namespace rvx::cli {
namespace {

constexpr size_t kHelpColumn = 34;

// "  -m, --memory SIZE"
std::string option_column(const OptionRow& row) {
  std::string longs, shorts;
  bool is_first = true;
  for_each_name(row.names, [&](std::string_view name) {
    if (name.size() == 1) {
      shorts = spelling(name) + (is_first ? "" : ", ");
    } else if (is_first || longs.empty()) {
      longs = spelling(name);
    }
    is_first = false;
  });
  std::string text = "  " + shorts + longs;
  if (!row.value.empty()) text += fmt::format(" {}", row.value);
  return text;
}

std::string aliases(const OptionRow& row) {
  std::string text;
  bool is_first = true;
  for_each_name(row.names, [&](std::string_view name) {
    if (!is_first && name.size() > 1) text += fmt::format("{}{}", text.empty() ? "" : ", ", name[0] == '+' ? std::string(name) : "-" + std::string(name));
    is_first = false;
  });
  return text.empty() ? "" : " (also " + text + ")";
}

std::string two_columns(std::string left, const std::string& right) {
  if (left.size() + 1 > kHelpColumn) return left + "\n" + std::string(kHelpColumn, ' ') + right + "\n";
  left.resize(kHelpColumn, ' ');
  return left + right + "\n";
}

}  // namespace

std::string general_help() {
  std::string text = "rvx: a RISC-V machine on x86-64\n\nusage: rvx COMMAND [options] …\n\n";
  for (const CommandRow& row : command_rows()) text += fmt::format("  {:<9} {}\n", row.name, row.summary);
  text +=
      "\nrvx COMMAND --help tells a command's options, with those of QEMU and Spike that are understood.\n"
      "rvx --version [--json] tells the version. In a checkout, ./rvx builds what changed first, and\n"
      "./rvx selftest builds everything and runs every test.\n"
      "\nExit status: 0 only if the guest reported success; 1 to 123 the guest's own; 124 timeout, limit\n"
      "or stuck; 125 wrong usage; 126, 127 program unusable, not found; 128+n ended by signal n.\n"
      "\nexample: rvx run program.elf\n";
  return text;
}

std::string command_help(const CommandRow& command, bool all) {
  std::string text = fmt::format("rvx {}: {}\n\nusage: rvx {} {}\n", command.name, command.summary, command.name, command.synopsis);
  std::vector<std::string_view> groups;
  for (const OptionRow& row : option_rows()) {
    if (row.commands.find(command.letter) == std::string_view::npos) continue;
    if (groups.empty() || groups.back() != row.group) {
      if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) groups.push_back(row.group);
    }
  }
  bool has_hidden = false;
  for (const std::string_view group : groups) {
    if (group.empty()) {
      has_hidden = true;
      if (!all) continue;
    }
    text += fmt::format("\n{}:\n", group.empty() ? "Other" : group);
    for (const OptionRow& row : option_rows()) {
      if (row.group != group || row.commands.find(command.letter) == std::string_view::npos) continue;
      text += two_columns(option_column(row), std::string(row.help) + (all ? aliases(row) : ""));
    }
  }
  text += fmt::format("\nexample: {}\n", command.example);
  if (has_hidden && !all) text += fmt::format("rvx {} --help-all shows the rest and all spellings.\n", command.name);
  return text;
}

std::string version_text(bool as_json) {
  if (as_json) return fmt::format("{{\"name\": \"rvx\", \"version\": \"{}\", \"isa\": \"{}\"}}\n", RVX_VERSION, isa::IsaConfig::all().to_string());
  return fmt::format("rvx {}\n", RVX_VERSION);
}

}  // namespace rvx::cli
