// The option table: look-up by spelling, and the nearest known name for a wrong one.
#include "cli/options.hpp"

#include <algorithm>
#include <numeric>

namespace rvx::cli {
namespace {

constexpr OptionRow kRows[] = {
#define OPTION(id, names, value, group, commands, help) \
  {Flag::k##id, names, value, group, commands, help},
#define IGNORED(names, takes_value)
#include "cli/options.inc"
#undef OPTION
#undef IGNORED
};

struct IgnoredRow {
  std::string_view names;
  bool takes_value;
};

constexpr IgnoredRow kIgnored[] = {
#define OPTION(id, names, value, group, commands, help)
#define IGNORED(names, takes_value) {names, takes_value != 0},
#include "cli/options.inc"
#undef OPTION
#undef IGNORED
};

bool holds(std::string_view names, std::string_view name) {
  bool found = false;
  for_each_name(names, [&](std::string_view one) { found = found || one == name; });
  return found;
}

// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::span<const OptionRow> option_rows() noexcept { return kRows; }
const OptionRow& option_row(Flag flag) noexcept { return kRows[static_cast<size_t>(flag)]; }

std::string spelling(std::string_view name) {
  if (name.starts_with('+')) return std::string(name);
  return std::string(name.size() == 1 ? "-" : "--") + std::string(name);
}

std::string spelling(Flag flag) {
  std::string_view first = option_row(flag).names;
  return spelling(first.substr(0, first.find(' ')));
}

std::optional<OptionMatch> find_option(std::string_view name, char command) noexcept {
  const OptionRow* other = nullptr;
  for (const OptionRow& row : kRows) {
    if (!holds(row.names, name)) continue;
    if (row.is_of(command)) return OptionMatch{&row, false, !row.value.empty()};
    if (other == nullptr) other = &row;
  }
  for (const IgnoredRow& row : kIgnored)
    if (holds(row.names, name)) return OptionMatch{nullptr, true, row.takes_value};
  if (other != nullptr) return OptionMatch{other, false, !other->value.empty()};
  return std::nullopt;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  size_t best_distance = word.size() < 4 ? 2 : 1 + word.size() / 3;  // farther is no likeness
  for (const std::string_view candidate : known) {
    const size_t d = distance(word, candidate);
    if (d < best_distance ||
        (d + 1 == best_distance && candidate.starts_with(word) && !word.empty())) {
      best = candidate;
      best_distance = d;
    }
  }
  if (best.empty() && word.size() >= 3) {
    for (const std::string_view candidate : known)
      if (candidate.starts_with(word)) return candidate;
  }
  return best;
}

std::string nearest_option(std::string_view name, char command) {
  std::vector<std::string_view> known;
  for (const OptionRow& row : kRows) {
    if (!row.is_of(command)) continue;
    for_each_name(row.names, [&](std::string_view one) {
      if (one.size() > 1) known.push_back(one);
    });
  }
  known.push_back("help");
  const std::string_view best = nearest(name, known);
  return best.empty() ? std::string{} : spelling(best);
}

}  // namespace rvx::cli
