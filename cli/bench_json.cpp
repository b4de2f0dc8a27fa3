// A benchmark's report as JSON with every single run, and back from there.
#include "cli/bench_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rvx::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKinds[] = {"native", "rvx", "other"};

void put(Json& to, const char* key, const std::optional<double>& value) {
  if (value) to[key] = *value;
}
void put(Json& to, const char* key, const std::string& value) {
  if (!value.empty()) to[key] = value;
}

Json json_of(const BenchSample& sample) {
  Json json;
  json["value"] = sample.value;
  put(json, "guest_s", sample.guest_s);
  put(json, "user_s", sample.user_s);
  put(json, "system_s", sample.system_s);
  put(json, "checksum", sample.checksum);
  put(json, "failure", sample.failure);
  return json;
}

Json json_of(const BenchReport& report, const BenchRow& row) {
  Json json;
  json["name"] = row.program.name;
  json["group"] = row.program.group;
  json["description"] = row.program.description;
  json["in_mean"] = row.program.in_mean;
  json["agrees"] = disagreement_of(report, row).empty();
  Json ratios = Json::object();
  for (const BenchRatio& ratio : ratios_of(report))
    put(ratios, ratio.name(report).c_str(), ratio_of(row, ratio));
  json["ratios"] = std::move(ratios);
  Json engines = Json::object();
  for (size_t i = 0; i < report.engines.size() && i < row.samples.size(); ++i) {
    Json runs = Json::array();
    for (const BenchSample& sample : row.samples[i]) runs.push_back(json_of(sample));
    Json& engine = engines[report.engines[i].name];
    if (const auto summary = summary_of(row, i)) {
      engine["median"] = summary->median;
      engine["low"] = summary->low;
      engine["high"] = summary->high;
    }
    engine["runs"] = std::move(runs);
  }
  json["engines"] = std::move(engines);
  return json;
}

// --- Reading
// --------------------------------------------------------------------------------------

std::optional<double> number(const Json& from, const char* key) {
  const auto it = from.find(key);
  if (it == from.end()) return std::nullopt;
  return it->get<double>();
}

BenchSample sample_from(const Json& json) {
  BenchSample sample;
  sample.value = json.at("value").get<double>();
  sample.guest_s = number(json, "guest_s");
  sample.user_s = number(json, "user_s");
  sample.system_s = number(json, "system_s");
  sample.checksum = json.value("checksum", "");
  sample.failure = json.value("failure", "");
  return sample;
}

BenchKind kind_from(const std::string& name) {
  for (size_t i = 0; i < std::size(kKinds); ++i)
    if (name == kKinds[i]) return static_cast<BenchKind>(i);
  return BenchKind::kOther;
}

BenchReport report_from(const Json& json) {
  BenchReport report;
  report.title = json.at("title").get<std::string>();
  report.what = json.at("what").get<std::string>();
  report.unit = json.at("unit").get<std::string>();
  for (const auto& [key, value] : json.at("facts").items())
    report.facts.emplace_back(key, value.get<std::string>());
  for (const Json& one : json.at("engines")) {
    report.engines.push_back({one.at("name").get<std::string>(),
                              kind_from(one.at("kind").get<std::string>()),
                              one.value("command", ""), one.value("version", "")});
  }
  for (const Json& one : json.at("programs")) {
    BenchRow row;
    row.program = {one.at("name").get<std::string>(), one.at("group").get<std::string>(),
                   one.value("description", ""), one.at("in_mean").get<bool>()};
    for (const BenchEngineInfo& engine : report.engines) {
      std::vector<BenchSample>& samples = row.samples.emplace_back();
      const Json& engines = one.at("engines");
      if (const auto it = engines.find(engine.name); it != engines.end())
        for (const Json& run : it->at("runs")) samples.push_back(sample_from(run));
    }
    report.rows.push_back(std::move(row));
  }
  return report;
}

}  // namespace

std::string json_of(const BenchReport& report) {
  Json json;
  json["title"] = report.title;
  json["what"] = report.what;
  json["unit"] = report.unit;
  json["facts"] = Json::object();
  for (const auto& [key, value] : report.facts) json["facts"][key] = value;
  json["engines"] = Json::array();
  for (const BenchEngineInfo& engine : report.engines) {
    Json& one = json["engines"].emplace_back();
    one["name"] = engine.name;
    one["kind"] = kKinds[static_cast<size_t>(engine.kind)];
    put(one, "command", engine.command);
    put(one, "version", engine.version);
  }
  json["programs"] = Json::array();
  for (const BenchRow& row : report.rows) json["programs"].push_back(json_of(report, row));
  json["means"] = Json::array();
  const std::vector<BenchRatio> ratios = ratios_of(report);
  for (const BenchMean& mean : means_of(report)) {
    Json& one = json["means"].emplace_back();
    one["group"] = mean.group;
    one["programs"] = mean.programs;
    one["without_twin"] = mean.without_twin;
    one["left_out"] = mean.left_out;
    one["ratios"] = Json::object();
    for (size_t i = 0; i < ratios.size(); ++i)
      put(one["ratios"], ratios[i].name(report).c_str(), mean.ratios[i]);
  }
  json["problems"] = problems_of(report);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<BenchReport> report_from_json(std::string_view text, const std::string& name) {
  try {
    return report_from(Json::parse(text));
  } catch (const Json::exception& error) {
    return unusable_error(
        fmt::format("{} is no report of rvx bench --json: {}", name, error.what()));
  }
}

}  // namespace rvx::cli
