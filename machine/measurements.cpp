// Measurements that the guest begins and ends by name.
#include "machine/measurements.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rvx {

std::string measurement_name(uint64_t packed) {
  std::string name;
  for (; packed != 0; packed >>= 8) {
    const auto c = static_cast<char>(packed & 0xff);
    const bool is_allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!is_allowed) return {};
    name += c;
  }
  return name;
}

void Measurements::Misuse::note(const std::string& name) {
  if (count++ == 0) first = name;
}

void Measurements::begin(uint64_t packed_name, std::span<const uint64_t> now) {
  const std::string name = measurement_name(packed_name);
  if (name.empty()) return bad_names_.note(fmt::format("{:#x}", packed_name));
  auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.name == name; });
  if (row == rows_.end()) {
    if (rows_.size() == kMostNames) return too_many_.note(name);
    row = rows_.insert(rows_.end(), Row{name, 0, {}});
    open_.emplace_back();
  }
  Open& open = open_[static_cast<size_t>(row - rows_.begin())];
  if (open.is_open) begun_twice_.note(name);
  open.is_open = true;
  open.at_begin.assign(now.begin(), now.end());
}

void Measurements::end(uint64_t packed_name, std::span<const uint64_t> now) {
  const std::string name = measurement_name(packed_name);
  if (name.empty()) return bad_names_.note(fmt::format("{:#x}", packed_name));
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.name == name; });
  // What found no room when it began has been told then.
  if (row == rows_.end()) return rows_.size() == kMostNames ? too_many_.note(name) : never_begun_.note(name);
  Open& open = open_[static_cast<size_t>(row - rows_.begin())];
  if (!open.is_open) return never_begun_.note(name);
  open.is_open = false;
  ++row->count;
  row->sums.resize(now.size());
  // Counters that there were not yet when it began were zero.
  for (size_t i = 0; i < now.size(); ++i) row->sums[i] += now[i] - (i < open.at_begin.size() ? open.at_begin[i] : 0);
}

std::vector<std::string> Measurements::warnings() const {
  std::vector<std::string> lines;
  const auto tell = [&](const Misuse& misuse, std::string_view what) {
    if (misuse.count == 0) return;
    lines.push_back(fmt::format("measurements: {} {}, first '{}'", misuse.count, what, misuse.first));
  };
  tell(bad_names_, "events with a name that is not of lower-case letters, digits and '-'");
  tell(too_many_, fmt::format("events with names beyond the {} that are kept", kMostNames));
  tell(begun_twice_, "begins of what was begun already");
  tell(never_begun_, "ends of what was not begun");
  Misuse open;
  for (size_t i = 0; i < rows_.size(); ++i)
    if (open_[i].is_open) open.note(rows_[i].name);
  tell(open, "begun and never ended");
  return lines;
}

}  // namespace rvx
