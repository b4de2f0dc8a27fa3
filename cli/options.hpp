// The option table made from options.inc, and what was given on a command line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rvx::cli {

enum class Flag : uint8_t {
#define OPTION(id, names, value, group, commands, help) k##id,
#define IGNORED(names, takes_value)
#include "cli/options.inc"
#undef OPTION
#undef IGNORED
  kCount,
};
inline constexpr size_t kFlagCount = static_cast<size_t>(Flag::kCount);

struct OptionRow {
  Flag flag;
  std::string_view names;  // separated by spaces
  std::string_view value;  // empty = a switch
  std::string_view group;
  std::string_view commands;
  std::string_view help;

  [[nodiscard]] constexpr bool is_of(char command) const noexcept {
    return commands.find(command) != std::string_view::npos;
  }
  // Only in --help-all.
  [[nodiscard]] constexpr bool is_rare() const noexcept { return group.starts_with('+'); }
};

[[nodiscard]] std::span<const OptionRow> option_rows() noexcept;
[[nodiscard]] const OptionRow& option_row(Flag flag) noexcept;

// Calls `visit` with each of the names in `names`.
template <class Visit>
void for_each_name(std::string_view names, Visit visit) {
  while (!names.empty()) {
    const size_t end = names.find(' ');
    visit(names.substr(0, end));
    names = end == std::string_view::npos ? std::string_view{} : names.substr(end + 1);
  }
}

// The spelling of `name` on a command line: "-m", "--memory", "+signature".
[[nodiscard]] std::string spelling(std::string_view name);
// The first spelling of a flag, for messages.
[[nodiscard]] std::string spelling(Flag flag);

// What a spelling without its dashes stands for.
struct OptionMatch {
  const OptionRow* row = nullptr;  // nullptr with is_ignored: an option without effect
  bool is_ignored = false;
  bool takes_value = false;
};
// `command`: its letter. An option of its own comes first, but those of other commands match as well
// (see OptionRow::commands).
[[nodiscard]] std::optional<OptionMatch> find_option(std::string_view name, char command) noexcept;

// The known word nearest to `word`, or empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);
// ..., as a spelling of an option that `command` takes.
[[nodiscard]] std::string nearest_option(std::string_view name, char command);

// The options that were given, in the order of each.
class OptionValues {
 public:
  void add(Flag flag, std::string value) {
    values_[static_cast<size_t>(flag)].push_back(std::move(value));
  }
  [[nodiscard]] const std::vector<std::string>& all(Flag flag) const noexcept {
    return values_[static_cast<size_t>(flag)];
  }
  [[nodiscard]] bool has(Flag flag) const noexcept { return !all(flag).empty(); }
  // The last one wins; nullptr when it was not given.
  [[nodiscard]] const std::string* last(Flag flag) const noexcept {
    return has(flag) ? &all(flag).back() : nullptr;
  }

 private:
  std::array<std::vector<std::string>, kFlagCount> values_;
};

}  // namespace rvx::cli
