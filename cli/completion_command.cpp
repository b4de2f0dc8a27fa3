// rvx completion: scripts for shells, made from the tables of commands and options.
#include <cctype>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/messages.hpp"

namespace rvx::cli {
namespace {

// The words of a synopsis that stand for themselves: "list dts dtb".
std::string literal_words(std::string_view synopsis) {
  std::string words;
  for_each_name(synopsis, [&](std::string_view word) {
    for (const char c : word)
      if (std::islower(static_cast<unsigned char>(c)) == 0) return;
    if (!word.empty()) words += (words.empty() ? "" : " ") + std::string(word);
  });
  return words;
}

// "virt|spike" to "virt spike"; empty for a value that has only a name.
std::string value_words(std::string_view value) {
  if (value.find('|') == std::string_view::npos || value.find('[') != std::string_view::npos)
    return {};
  std::string words(value);
  for (char& c : words)
    if (c == '|') c = ' ';
  return words;
}

// Without the spellings that have one dash and many letters in QEMU.
std::string spellings_of(const CommandRow& command) {
  std::string words = "--help --help-all";
  for (const OptionRow& row : option_rows()) {
    if (row.is_of(command.letter))
      for_each_name(row.names, [&](std::string_view name) { words += " " + spelling(name); });
  }
  return words;
}

// Options of any command whose values are a list of words, as cases of bash.
std::string bash_value_cases() {
  std::string text;
  for (const OptionRow& row : option_rows()) {
    const std::string words = value_words(row.value);
    if (words.empty()) continue;
    std::string patterns;
    for_each_name(row.names, [&](std::string_view name) {
      patterns += (patterns.empty() ? "" : "|") + spelling(name);
    });
    text += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                        patterns, words);
  }
  return text;
}

std::string bash_script() {
  std::string commands, cases;
  for (const CommandRow& row : command_rows()) {
    commands += fmt::format("{}{}", commands.empty() ? "" : " ", row.name);
    cases += fmt::format("    {}) options='{}' words='{}' ;;\n", row.name, spellings_of(row),
                         literal_words(row.synopsis));
  }
  return fmt::format(
      "# Completion of rvx for bash; rvx completion bash printed it.\n"
      "_rvx() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} options "
      "words\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '{} help --help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case $before in\n"
      "{}"
      "  esac\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "{}"
      "    help) words='{}' ;;\n"
      "  esac\n"
      "  if [[ $word == [-+]* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "  elif [[ -n $words ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "    [[ $(type -t compopt) != builtin ]] || compopt -o filenames\n"
      "  fi\n"
      "}}\n"
      "complete -F _rvx rvx\n",
      commands, bash_value_cases(), cases, commands);
}

std::string zsh_script() {
  return "#compdef rvx\n# bash's completion does for zsh.\nautoload -U +X bashcompinit && "
         "bashcompinit\n" +
         bash_script();
}

// In single quotes for fish.
std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return quoted + "'";
}

std::string fish_script() {
  std::string text = "# Completion of rvx for fish; rvx completion fish printed it.\n";
  for (const CommandRow& row : command_rows()) {
    text += fmt::format("complete -c rvx -n __fish_use_subcommand -f -a {} -d {}\n", row.name,
                        fish_quoted(row.summary));
    if (const std::string words = literal_words(row.synopsis); !words.empty())
      text += fmt::format("complete -c rvx -n '__fish_seen_subcommand_from {}' -f -a '{}'\n",
                          row.name, words);
  }
  for (const OptionRow& row : option_rows()) {
    std::string commands, names;
    for (const CommandRow& command : command_rows())
      if (row.is_of(command.letter)) commands += fmt::format(" {}", command.name);
    for_each_name(row.names, [&](std::string_view name) {
      if (name[0] != '+') names += fmt::format(" -{} {}", name.size() == 1 ? 's' : 'l', name);
    });
    if (commands.empty()) continue;
    const std::string words = value_words(row.value);
    const std::string value = row.value.empty() ? ""
                              : words.empty()   ? " -r"
                                                : fmt::format(" -x -a '{}'", words);
    text += fmt::format("complete -c rvx -n '__fish_seen_subcommand_from{}'{}{} -d {}\n", commands,
                        names, value, fish_quoted(row.help));
  }
  return text;
}

}  // namespace

int completion_command(const Invocation& invocation) {
  const std::string shell = invocation.operands.size() == 1 ? invocation.operands[0] : "";
  std::string (*script)() = shell == "bash"   ? bash_script
                            : shell == "zsh"  ? zsh_script
                            : shell == "fish" ? fish_script
                                              : nullptr;
  if (script == nullptr)
    return report(usage_error("name one shell: rvx completion bash, zsh or fish"));
  fmt::print("{}", script());
  return 0;
}

}  // namespace rvx::cli
