// Reading a log of events back.
#include "cli/event_file.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "machine/config.hpp"

namespace rvx::cli {
namespace {

// Takes a number and the blank behind it from the front of `line`.
template <class T>
bool take(std::string_view& line, int base, T& value) {
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, value, base);
  if (error != std::errc{} || rest == end || *rest != ' ') return false;
  line.remove_prefix(static_cast<size_t>(rest + 1 - line.data()));
  return true;
}

bool parse_record(std::string_view line, EventRecord& r) {
  return take(line, 10, r.time_ns) && take(line, 10, r.hart) && take(line, 10, r.instret) && take(line, 16, r.word) && take(line, 16, r.argument) && !line.empty();
}

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

Result<EventFile> parse_events(std::string_view name, std::string_view text) {
  EventFile file;
  const bool is_cut = !text.ends_with('\n');
  std::string_view first = take_line(text);
  bool is_log = first.starts_with(kEventLogMagic);
  if (is_log) {
    first.remove_prefix(kEventLogMagic.size());
    const auto [end, error] = std::from_chars(first.data(), first.data() + first.size(), file.harts);
    is_log = error == std::errc{} && end == first.data() + first.size() && file.harts >= 1 && file.harts <= MachineConfig::kMaxHarts;
  }
  if (!is_log) return unusable_error(fmt::format("{} is no log of events; rvx run and rvx boot write one with --events", name));

  std::string* last = nullptr;  // the view of the line before's event
  std::vector<std::string> left_out(file.harts);  // views of such events, for the hart's next one
  size_t number = 1, resets = 0, unknown = 0, first_unknown = 0;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    ++number;
    if (line == kEventLogReset) {
      ++resets;
      file.records.clear();
      left_out.assign(file.harts, {});
      last = nullptr;
      continue;
    }
    if (line.starts_with(kEventLogView) && last != nullptr) {
      last->append(last->empty() ? "" : " ").append(line.substr(kEventLogView.size()));
      continue;
    }
    EventRecord record;
    const bool is_last_and_cut = text.empty() && is_cut;
    if (is_last_and_cut || !parse_record(line, record)) {
      if (is_last_and_cut) {
        file.warnings.push_back(one_line(fmt::format("{}: the log ends in the midst of line {}, which is left out", name, number)));
        break;
      }
      return unusable_error(fmt::format("{}, line {}: no event; a line has time, hart, instret, two registers and words", name, number));
    }
    if (record.hart >= file.harts) return unusable_error(fmt::format("{}, line {}: there is no hart {}; there are {}", name, number, record.hart, file.harts));
    if (!file.records.empty() && record.time_ns < file.records.back().time_ns)
      return unusable_error(fmt::format("{}, line {}: time goes back from {} to {} ns", name, number, file.records.back().time_ns, record.time_ns));
    std::string& before = left_out[record.hart];
    if (event_name(record.event()).empty()) {
      if (unknown++ == 0) first_unknown = number;
      last = &before;
      continue;
    }
    record.view = std::exchange(before, {});
    file.records.push_back(std::move(record));
    last = &file.records.back().view;
  }
  if (resets != 0)
    file.warnings.push_back(one_line(fmt::format("{}: the guest was started anew {} times; this is what came after the last", name, resets)));
  if (unknown != 0)
    file.warnings.push_back(one_line(fmt::format("{}: {} events of no known kind are left out, the first in line {}", name, unknown, first_unknown)));
  return file;
}

}  // namespace rvx::cli
