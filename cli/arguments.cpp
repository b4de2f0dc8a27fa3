// From argv to a subcommand with its options.
#include "cli/arguments.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace rvx::cli {
namespace {

bool is_help(std::string_view word) {
  return word == "-h" || word == "--help" || word == "-help" || word == "--help-all" ||
         word == "-?";
}

// The command line of one subcommand in one spelling: --name or --name=VALUE, then "--" and
// operands.
class Normaliser {
 public:
  Normaliser(const CommandRow& command, std::span<const std::string> words)
      : command_(command), words_(words) {}

  Outcome normalise() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word == "--") {
        is_program_marked_ = true;
        take_operands(next_);
        break;
      }
      const bool is_option = (word.size() > 1 && word[0] == '-') || word.starts_with("+sig");
      if (!is_option) {
        // What follows a program is the program's.
        if (command_.letter == 'r') {
          take_operands(next_ - 1);
          break;
        }
        operands.push_back(word);
        continue;
      }
      if (is_help(word)) {
        wants_help = true;
        help_all = help_all || word == "--help-all";
        continue;
      }
      if (Outcome taken = take_option(word); !taken) return taken;
    }
    return std::monostate{};
  }

  std::vector<std::string> options;  // for CLI11
  std::vector<std::string> operands;
  std::vector<std::string> warnings;
  bool wants_help = false;
  bool help_all = false;

 private:
  void take_operands(size_t from) {
    for (size_t i = from; i < words_.size(); ++i) operands.push_back(words_[i]);
    if (is_program_marked_ || command_.letter != 'r') return;
    for (size_t i = from + 1; i < words_.size(); ++i) {
      const std::string_view word = words_[i];
      if (word.size() < 4 || !word.starts_with("--")) continue;
      const std::string_view name = word.substr(2, word.find('=') - 2);
      const auto match = find_option(name, command_.letter);
      if (match && match->row != nullptr && match->row->is_of(command_.letter)) {
        warnings.push_back(fmt::format(
            "{} stands after the program and went to the guest; options of rvx come before it",
            word));
        break;
      }
    }
  }

  Outcome take_option(const std::string& word) {
    const std::string_view text = word;
    const size_t dashes = text[0] == '+' ? 0 : (text.starts_with("--") ? 2 : 1);
    const size_t equals = text.find('=');
    std::string_view name =
        text.substr(dashes, equals == std::string_view::npos ? equals : equals - dashes);
    std::optional<std::string> value;
    if (equals != std::string_view::npos) value = std::string(text.substr(equals + 1));

    auto match = find_option(name, command_.letter);
    if (match && dashes == 2 && name.size() == 1) match.reset();
    if (!match && dashes == 1 && text.size() > 2 &&
        (std::isdigit(static_cast<unsigned char>(text[2])) != 0)) {
      // -m2048, -p4, -j8
      match = find_option(text.substr(1, 1), command_.letter);
      if (match && !match->takes_value) match.reset();
      name = text.substr(1, 1);
      value = std::string(text.substr(2));
    }
    if (!match || (match->row != nullptr && !match->row->is_of(command_.letter)))
      return unknown_option(text.substr(0, equals), name, match.has_value());

    const std::string given(text.substr(0, equals));
    if (match->takes_value && !value) {
      if (next_ >= words_.size()) {
        return usage_error(fmt::format(
            "{} needs a value{}; see rvx {} --help", given,
            match->row != nullptr ? fmt::format(": {} {}", given, match->row->value) : "",
            command_.name));
      }
      value = words_[next_++];
    }
    // An unset variable of a script, most likely; going on without the file would hide it.
    if (match->row != nullptr && match->row->value == "FILE" && value->empty())
      return usage_error(fmt::format("{} needs the name of a file, not ''", given));
    if (!match->takes_value && value)
      return usage_error(fmt::format("{} takes no value; leave '={}' away", given, *value));
    if (match->is_ignored) {
      if (warned_.insert(std::string(name)).second && match->takes_value)
        warnings.push_back(fmt::format("{} {} has no effect here", given, *value));
      return std::monostate{};
    }
    const std::string_view canonical = match->row->names.substr(0, match->row->names.find(' '));
    const std::string option = spelling(canonical);
    if (!match->takes_value) {
      options.push_back(option);
    } else if (value->empty() || canonical.size() == 1) {
      options.push_back(option);
      options.push_back(*value);
    } else {
      options.push_back(option + "=" + *value);
    }
    return std::monostate{};
  }

  Outcome unknown_option(std::string_view given, std::string_view name,
                         bool is_known_elsewhere) const {
    if (is_known_elsewhere) {
      std::string where;
      for (const CommandRow& row : command_rows()) {
        const auto match = find_option(name, row.letter);
        if (match->row != nullptr && match->row->is_of(row.letter))
          where += fmt::format("{}rvx {}", where.empty() ? "" : ", ", row.name);
      }
      return usage_error(
          fmt::format("rvx {} does not take {}; it belongs to {}", command_.name, given, where));
    }
    const std::string near = nearest_option(name, command_.letter);
    return usage_error(fmt::format("no option is called {}{}; see rvx {} --help", given,
                                   near.empty() ? "" : fmt::format("; did you mean {}?", near),
                                   command_.name));
  }

  const CommandRow& command_;
  std::span<const std::string> words_;
  size_t next_ = 0;
  bool is_program_marked_ = false;
  std::set<std::string> warned_;
};

// The subcommand's options by CLI11, made from the table.
Outcome parse_with_cli11(const CommandRow& command, const Normaliser& normal,
                         Invocation& invocation) {
  CLI::App app{"", "rvx"};
  app.set_help_flag();
  app.require_subcommand(1);
  std::array<std::vector<std::string>, kFlagCount> values;
  std::array<int64_t, kFlagCount> switches{};
  CLI::App& sub = *app.add_subcommand(std::string(command.name));
  sub.set_help_flag();
  for (const OptionRow& row : option_rows()) {
    if (!row.is_of(command.letter)) continue;
    const auto index = static_cast<size_t>(row.flag);
    if (row.value.empty()) {
      sub.add_flag(spelling(row.flag), switches[index]);
    } else {
      sub.add_option(spelling(row.flag), values[index])
          ->expected(1)
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
  std::vector<std::string> operands;
  sub.add_option("operands", operands);

  std::vector<std::string> line{std::string(command.name)};
  line.insert(line.end(), normal.options.begin(), normal.options.end());
  if (!normal.operands.empty()) {
    line.emplace_back("--");
    line.insert(line.end(), normal.operands.begin(), normal.operands.end());
  }
  std::reverse(line.begin(), line.end());  // CLI11 takes it from the back
  try {
    app.parse(line);
  } catch (const CLI::ParseError& error) {
    return usage_error(fmt::format("{}; see rvx {} --help", error.what(), command.name));
  }
  for (size_t i = 0; i < kFlagCount; ++i) {
    for (std::string& value : values[i])
      invocation.options.add(static_cast<Flag>(i), std::move(value));
    if (switches[i] != 0) invocation.options.add(static_cast<Flag>(i), "");
  }
  invocation.operands = normal.operands;
  return std::monostate{};
}

Error unknown_command(const std::string& word) {
  struct stat status {};
  if (::stat(word.c_str(), &status) == 0 && S_ISREG(status.st_mode))
    return usage_error(
        fmt::format("'{}' is no command but a file; did you mean: rvx run {}", word, word));
  if (word.starts_with('-')) {
    return usage_error(
        fmt::format("{} stands before a command; try: rvx run {} …, or rvx --help", word, word));
  }
  std::vector<std::string_view> names;
  for (const CommandRow& row : command_rows()) names.push_back(row.name);
  const std::string_view near = nearest(word, names);
  return usage_error(fmt::format("no command is called '{}'{}; see rvx --help", word,
                                 near.empty() ? "" : fmt::format("; did you mean rvx {}?", near)));
}

}  // namespace

Result<ParsedArguments> parse_arguments(std::span<const std::string> arguments) {
  ParsedArguments parsed;
  if (arguments.empty()) {
    return usage_error(
        "a command is missing; for example: rvx run PROGRAM, rvx boot, or rvx --help");
  }
  const std::string& first = arguments[0];
  if (is_help(first) || first == "help") {
    parsed.kind = ParsedArguments::Kind::kHelp;
    parsed.help_all = first == "--help-all";
    if (first == "help" && arguments.size() > 1) {
      parsed.command = find_command(arguments[1]);
      if (parsed.command == nullptr) return unknown_command(arguments[1]);
    }
    return parsed;
  }
  if (first == "--version" || first == "-V" || first == "-version") {
    parsed.kind = ParsedArguments::Kind::kVersion;
    for (const std::string& word : arguments.subspan(1)) {
      if (word != "--json")
        return usage_error(
            fmt::format("rvx --version takes --json and nothing else, not {}", word));
      parsed.invocation.options.add(Flag::kJson, "");
    }
    return parsed;
  }
  parsed.command = find_command(first);
  if (parsed.command == nullptr) return unknown_command(first);

  Normaliser normal(*parsed.command, arguments.subspan(1));
  const Outcome normalised = normal.normalise();
  if (normal.wants_help) {
    parsed.kind = ParsedArguments::Kind::kHelp;
    parsed.help_all = normal.help_all;
    return parsed;
  }
  if (!normalised) return normalised.error();
  parsed.warnings = normal.warnings;
  if (Outcome done = parse_with_cli11(*parsed.command, normal, parsed.invocation); !done)
    return done.error();
  return parsed;
}

}  // namespace rvx::cli
