// Changes model files line by line, so that comments and sources of numbers stay.
#include "cli/lab/model_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rvx::cli::lab {
namespace {

struct Line {
  std::string text, section, key;
  bool is_header = false;
};

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  std::string section;
  while (!text.empty()) {
    const std::string_view raw = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), raw.size() + 1));
    const std::string_view code = trimmed(raw.substr(0, raw.find('#')));
    Line line{std::string(raw), section, {}, false};
    if (code.size() > 2 && code.front() == '[' && code.back() == ']') {
      section = std::string(trimmed(code.substr(1, code.size() - 2)));
      line.section = section;
      line.is_header = true;
    } else if (const size_t equals = code.find('='); equals != std::string_view::npos) {
      line.key = std::string(trimmed(code.substr(0, equals)));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void set_key(std::vector<Line>& lines, const std::string& section, const std::string& key, const std::string& value) {
  const std::string text = fmt::format("{} = {}  # changed by the lab", key, value);
  bool is_set = false;
  for (Line& line : lines) {
    if (line.section != section || line.key != key) continue;
    line.text = text;
    is_set = true;
  }
  if (is_set) return;
  const auto header = std::find_if(lines.begin(), lines.end(), [&](const Line& line) { return line.is_header && line.section == section; });
  if (header == lines.end()) {
    lines.push_back({"", {}, {}, false});
    lines.push_back({fmt::format("[{}]", section), section, {}, true});
    lines.push_back({text, section, key, false});
  } else {
    lines.insert(header + 1, {text, section, key, false});
  }
}

}  // namespace

std::string change_model(std::string_view text, const std::vector<ModelChange>& changes) {
  std::vector<Line> lines = lines_of(text);
  for (const auto& [name, value] : changes) {
    if (!value) {
      std::erase_if(lines, [&](const Line& line) { return line.section == name; });
      continue;
    }
    const size_t dot = name.find('.');
    set_key(lines, name.substr(0, dot), dot == std::string::npos ? std::string{} : name.substr(dot + 1), *value);
  }
  std::string all;
  for (const Line& line : lines) all += line.text + "\n";
  return all;
}

}  // namespace rvx::cli::lab
