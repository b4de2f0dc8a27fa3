// Help texts, made from the tables of commands and options.
#include "cli/help.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cpu/isa/isa_config.hpp"

namespace rvx::cli {
namespace {

constexpr size_t kHelpColumn = 34;

// "  -m, --memory SIZE": a single letter and the first of the other names.
std::string option_column(const OptionRow& row) {
  std::string letter, name;
  for_each_name(row.names, [&](std::string_view one) {
    std::string& place = one.size() == 1 ? letter : name;
    if (place.empty()) place = spelling(one);
  });
  std::string text = "  " + letter + (letter.empty() || name.empty() ? "" : ", ") + name;
  if (!row.value.empty()) text += fmt::format(" {}", row.value);
  return text;
}

std::string aliases(const OptionRow& row) {
  std::string text;
  bool has_name = false;
  for_each_name(row.names, [&](std::string_view one) {
    if (one.size() == 1) return;
    if (has_name)
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", one[0] == '+' ? "" : "-", one);
    has_name = true;
  });
  return text.empty() ? "" : " (also " + text + ")";
}

std::string two_columns(std::string left, const std::string& right) {
  if (left.size() + 1 > kHelpColumn)
    return left + "\n" + std::string(kHelpColumn, ' ') + right + "\n";
  left.resize(kHelpColumn, ' ');
  return left + right + "\n";
}

}  // namespace

std::string general_help() {
  std::string text = "rvx: a RISC-V machine on x86-64\n\nusage: rvx COMMAND [options] …\n\n";
  for (const CommandRow& row : command_rows())
    text += fmt::format("  {:<11} {}\n", row.name, row.summary);
  text +=
      "\nrvx COMMAND --help tells a command's options, with those of QEMU and Spike that are "
      "understood.\n"
      "rvx --version [--json] tells the version. In a checkout, ./rvx builds what changed first, "
      "and\n"
      "./rvx selftest builds everything and runs every test.\n"
      "\nExit status: 0 only if the guest reported success; 1 to 123 the guest's own; 124 timeout, "
      "limit\n"
      "or stuck; 125 wrong usage; 126, 127 program unusable, not found; 128+n ended by signal n.\n"
      "\nexample: rvx run program.elf\n";
  return text;
}

std::string command_help(const CommandRow& command, bool all) {
  std::string text = fmt::format("rvx {}: {}\n\nusage: rvx {} {}\n", command.name, command.summary,
                                 command.name, command.synopsis);
  const auto group_of = [](const OptionRow& row) {
    return row.group.substr(row.is_rare() ? 1 : 0);
  };
  std::vector<std::string_view> groups;
  bool has_hidden = false;
  for (const OptionRow& row : option_rows()) {
    if (!row.is_of(command.letter)) continue;
    has_hidden = has_hidden || row.is_rare();
    if (row.is_rare() && !all) continue;
    if (std::find(groups.begin(), groups.end(), group_of(row)) == groups.end())
      groups.push_back(group_of(row));
  }
  for (const std::string_view group : groups) {
    text += fmt::format("\n{}:\n", group);
    for (const OptionRow& row : option_rows()) {
      if (!row.is_of(command.letter) || group_of(row) != group || (row.is_rare() && !all)) continue;
      text += two_columns(option_column(row), std::string(row.help) + (all ? aliases(row) : ""));
    }
  }
  text += fmt::format("\nexample: {}\n", command.example);
  if (has_hidden && !all)
    text += fmt::format("rvx {} --help-all shows more options and all spellings.\n", command.name);
  return text;
}

std::string version_text(bool as_json) {
  if (as_json)
    return fmt::format("{{\"name\": \"rvx\", \"version\": \"{}\", \"isa\": \"{}\"}}\n", RVX_VERSION,
                       isa::IsaConfig::all().to_string());
  return fmt::format("rvx {}\n", RVX_VERSION);
}

}  // namespace rvx::cli
