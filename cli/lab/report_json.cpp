// Writes a lab's results as JSON, what depends on the host apart.
#include "cli/lab/report_json.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/lab/report_text.hpp"

namespace rvx::cli::lab {
namespace {

Json json_of(const Value& value) {
  if (const std::string* text = word(value)) return *text;
  const double* n = number(value);
  if (n == nullptr) return nullptr;
  if (std::trunc(*n) == *n && std::abs(*n) < 9e15) return static_cast<int64_t>(*n);
  return *n;
}

Json parameters_of(const Results& results, size_t point) {
  Json all = Json::object();
  for (size_t i = 0; i < results.lab.parameters.size(); ++i)
    all[results.lab.parameters[i].name] = json_of(results.sweep.points[point][i]);
  return all;
}

Json columns_of(const Results& results, size_t point, bool of_host) {
  Json all = Json::object();
  for (const Column& column : results.lab.columns)
    if (column.is_host == of_host) all[column.name] = json_of(results.value(point, column.name));
  return all;
}

// `models` collects the texts, since most points share one.
Json point_of(const Results& results, size_t point, Json& models) {
  const PointResult& result = results.points[point];
  const PointCommand& command = results.commands[point];
  Json all = {{"parameters", parameters_of(results, point)}, {"status", result.is_ok() ? "ok" : "failed"}};
  if (!result.is_ok()) all["failure"] = result.failure;
  if (!command.model_text.empty()) {
    size_t index = 0;
    while (index < models.size() && models[index]["text"] != command.model_text) ++index;
    if (index == models.size()) models.push_back({{"name", command.model_name}, {"text", command.model_text}});
    all["model"] = index;
  }
  all["columns"] = columns_of(results, point, false);
  Json outputs = Json::array();
  for (const auto& [name, value] : result.outputs) outputs.push_back({{"name", name}, {"value", json_of(value)}});
  all["outputs"] = outputs;
  for (const char* part : {"guest", "model", "measurements"})
    if (result.stats->contains(part)) all[std::string(part) == "model" ? "counters" : part] = result.stats->at(part);
  return all;
}

Json claims_of(const Results& results, const std::vector<Judgement>& judgements, bool of_host) {
  Json all = Json::array();
  for (size_t i = 0; i < judgements.size(); ++i) {
    const Claim& claim = results.lab.claims[i];
    if (claim.is_host != of_host) continue;
    all.push_back({{"name", claim.name}, {"text", claim.text}, {"verdict", verdict_text(judgements[i].verdict)},
                   {"summary", judgements[i].summary}, {"figures", judgements[i].figures}});
  }
  return all;
}

Json host_of(const Results& results, const std::vector<Judgement>& judgements) {
  Json points = Json::array();
  for (size_t i = 0; i < results.points.size(); ++i) {
    const PointResult& result = results.points[i];
    Json one = {{"seconds", result.host_s}, {"columns", columns_of(results, i, true)}, {"command", results.commands[i].shown}};
    if (result.stats->contains("host")) one["host"] = result.stats->at("host");
    points.push_back(std::move(one));
  }
  return {{"points", points}, {"claims", claims_of(results, judgements, true)}};
}

}  // namespace

std::string json_report(const Results& results, const std::vector<Judgement>& judgements) {
  Json models = Json::array(), points = Json::array(), slides = Json::array();
  for (size_t i = 0; i < results.points.size(); ++i) points.push_back(point_of(results, i, models));
  for (const SlideText& slide : slide_texts(results)) slides.push_back({{"says", slide.says}, {"measured", slide.measured}, {"holds", slide.holds}});
  Json all = {{"lab", results.lab.name}, {"title", results.lab.title}, {"question", results.lab.question}, {"version", results.version}};
  all["quick"] = results.choice.is_quick;
  all["set"] = results.choice.sets;
  all["student"] = results.choice.student;
  all["models"] = models;
  all["points"] = points;
  all["claims"] = claims_of(results, judgements, false);
  all["slides"] = slides;
  all["run"] = {{"command", results.command_line}, {"engine", results.engine}};
  all["host"] = host_of(results, judgements);
  return all.dump(1) + "\n";
}

}  // namespace rvx::cli::lab
