// Looks up counters in what a run has given, and keeps it as JSON.
#include "cli/lab/point_result.hpp"

#include <charconv>
#include <cmath>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/options.hpp"

namespace rvx::cli::lab {
namespace {

// Names of counters have dots, and so has the way to a member: the longest name that is there counts.
const Json* find_member(const Json& json, std::string_view key) {
  if (json.is_array()) {
    size_t index = 0;
    const std::string_view head = key.substr(0, key.find('.'));
    const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), index);
    if (error != std::errc{} || end != head.data() + head.size() || index >= json.size()) return nullptr;
    return head.size() == key.size() ? &json[index] : find_member(json[index], key.substr(head.size() + 1));
  }
  if (!json.is_object()) return nullptr;
  if (const auto found = json.find(std::string(key)); found != json.end()) return &*found;
  for (size_t dot = key.rfind('.'); dot != std::string_view::npos && dot > 0; dot = key.rfind('.', dot - 1)) {
    const auto part = json.find(std::string(key.substr(0, dot)));
    if (part == json.end()) continue;
    if (const Json* found = find_member(*part, key.substr(dot + 1))) return found;
  }
  return nullptr;
}

const Json& member(const Json& json, const char* key) {
  static const Json kNone = Json::object();
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : kNone;
}

Missing unknown(const std::string& source, const std::string& key, const std::string& what, const Json& known) {
  std::vector<std::string_view> names;
  std::string all;
  if (known.is_object()) {
    for (const auto& [name, value] : known.items()) {
      names.emplace_back(name);
      if (all.size() < 200) all += (all.empty() ? "" : ", ") + name;
    }
  }
  const std::string_view near = nearest(what, names);
  return {Missing::Why::kUnknown, fmt::format("unknown name {}[{}]{}", source, key,
                                              !near.empty() ? fmt::format("; did you mean {}?", near)
                                              : all.empty() ? "; there is nothing of this kind"
                                                            : fmt::format("; there are {}", all))};
}

Value as_number(const Json* json, const Missing& otherwise) {
  if (json == nullptr || !json->is_number()) return otherwise;
  return json->get<double>();
}

}  // namespace

std::shared_ptr<const Json> no_stats() {
  static const auto kNone = std::make_shared<const Json>(Json::object());
  return kNone;
}

bool read_stats(const std::string& path, PointResult& result) {
  std::ifstream file(path);
  Json stats = Json::parse(file, nullptr, false);
  if (!stats.is_object()) return false;
  result.stats = std::make_shared<const Json>(std::move(stats));
  return true;
}

bool read_output_line(std::string_view line, std::pair<std::string, double>& output) {
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  if (!line.starts_with("@ ")) return false;
  line.remove_prefix(2);
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0) return false;
  const std::string_view number = line.substr(space + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(value)) return false;
  output = {std::string(line.substr(0, space)), value};
  return true;
}

Value look_up(const PointResult& result, const std::string& source, const std::string& key) {
  if (source == "out") {
    for (auto at = result.outputs.rbegin(); at != result.outputs.rend(); ++at)
      if (at->first == key) return at->second;
    Json known = Json::object();
    for (const auto& [name, value] : result.outputs) known[name] = value;
    return unknown(source, key, key, known);
  }
  if (source == "m") {
    const Json& all = member(*result.stats, "measurements");
    const size_t space = key.find(' ');
    const std::string name = key.substr(0, space), counter = key.substr(space + 1);
    const auto found = all.find(name);
    if (found == all.end()) return unknown(source, key, name, all);
    return as_number(find_member(*found, counter), unknown(source, key, counter, *found));
  }
  if (source == "model") {
    const Json& all = member(member(*result.stats, "model"), "counters");
    return as_number(find_member(all, key), unknown(source, key, key, all));
  }
  const Json& all = member(*result.stats, source.c_str());
  return as_number(find_member(all, key), unknown(source, key, key, all));
}

Value count_of(const PointResult& result, const std::string& key) {
  double count = 0;
  for (const auto& [name, value] : result.outputs) count += name == key ? 1 : 0;
  return count;
}

Json to_json(const PointResult& result) {
  Json outputs = Json::array();
  for (const auto& [name, value] : result.outputs) outputs.push_back(Json::array({name, value}));
  return {{"stats", *result.stats}, {"outputs", outputs}, {"host_s", result.host_s}};
}

bool from_json(const Json& json, PointResult& result) {
  if (!json.is_object() || !json.contains("stats") || !json.contains("outputs") || !json["stats"].is_object() || !json["outputs"].is_array()) return false;
  result.stats = std::make_shared<const Json>(json["stats"]);
  result.outputs.clear();
  for (const Json& one : json["outputs"]) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !one[1].is_number()) return false;
    result.outputs.emplace_back(one[0].get<std::string>(), one[1].get<double>());
  }
  result.host_s = json.contains("host_s") && json["host_s"].is_number() ? json["host_s"].get<double>() : 0;
  return true;
}

}  // namespace rvx::cli::lab
