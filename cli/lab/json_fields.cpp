// Reads the keys of JSON objects with one line for the first mistake.
#include "cli/lab/json_fields.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rvx::cli::lab {

void Problems::add(const std::string& where, const std::string& what) {
  if (!error_) error_ = unusable_error(fmt::format("{}: {}{}{}", file_, where, where.empty() ? "" : ": ", what));
}

Fields::Fields(const Json& object, std::string where, Problems& problems)
    : object_(object), where_(std::move(where)), problems_(problems) {
  if (!object_.is_object()) problems_.add(where_, "allowed: an object");
}

std::string Fields::path(const char* key) const { return where_.empty() ? key : fmt::format("{}.{}", where_, key); }

void Fields::complain(const char* key, const std::string& what) { problems_.add(path(key), what); }

bool Fields::has(const char* key) const { return object_.is_object() && object_.contains(key); }

const Json* Fields::any(const char* key) {
  known_.push_back(key);
  if (!has(key)) return nullptr;
  return &object_.at(key);
}

std::string Fields::text(const char* key, bool is_required) {
  const Json* json = any(key);
  if (json == nullptr) {
    if (is_required) complain(key, "is missing");
    return {};
  }
  if (!json->is_string()) return complain(key, "allowed: a string"), std::string{};
  if (is_required && json->get_ref<const std::string&>().empty()) complain(key, "is empty");
  return json->get<std::string>();
}

double Fields::number(const char* key, double otherwise, double low, double high) {
  const Json* json = any(key);
  if (json == nullptr) return otherwise;
  const double value = json->is_number() ? json->get<double>() : NAN;
  if (value >= low && value <= high) return value;
  complain(key, fmt::format("allowed: a number from {} to {}", number_text(low), number_text(high)));
  return otherwise;
}

bool Fields::flag(const char* key, bool otherwise) {
  const Json* json = any(key);
  if (json == nullptr) return otherwise;
  if (!json->is_boolean()) return complain(key, "allowed: true, false"), otherwise;
  return json->get<bool>();
}

std::vector<std::string> Fields::texts(const char* key) {
  const Json* json = any(key);
  if (json == nullptr) return {};
  if (json->is_string()) return {json->get<std::string>()};
  std::vector<std::string> all;
  if (json->is_array())
    for (const Json& one : *json)
      if (one.is_string()) all.push_back(one.get<std::string>());
  if (!json->is_array() || all.size() != json->size()) complain(key, "allowed: a list of strings");
  return all;
}

Expression Fields::expression(const char* key) {
  const Json* json = any(key);
  if (json == nullptr) return complain(key, "is missing"), Expression{};
  if (json->is_number()) return {.kind = Expression::Kind::kNumber, .number = json->get<double>()};
  if (!json->is_string()) return complain(key, "allowed: a string, an expression"), Expression{};
  Result<Expression> read = parse_expression(json->get<std::string>());
  if (!read) return complain(key, read.error().text), Expression{};
  return std::move(*read);
}

std::optional<Expression> Fields::maybe_expression(const char* key) {
  if (has(key)) return expression(key);
  known_.push_back(key);
  return std::nullopt;
}

namespace {

std::optional<std::string> scalar_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number()) return number_text(json.get<double>());
  return std::nullopt;
}

}  // namespace

Template Fields::filled(const char* key, const char* otherwise) {
  const Json* json = any(key);
  if (json == nullptr && otherwise == nullptr) return complain(key, "is missing"), Template{};
  const std::optional<std::string> text = json == nullptr ? std::string(otherwise) : scalar_text(*json);
  if (!text) return complain(key, "allowed: a string or a number"), Template{};
  Result<Template> read = parse_template(*text);
  if (!read) return complain(key, read.error().text), Template{};
  return std::move(*read);
}

std::vector<Template> Fields::all_filled(const char* key) {
  std::vector<Template> all;
  for (const std::string& text : texts(key)) {
    Result<Template> read = parse_template(text);
    if (!read) return complain(key, read.error().text), all;
    all.push_back(std::move(*read));
  }
  return all;
}

void Fields::each(const char* key, const std::function<void(Fields&)>& read) {
  const Json* json = any(key);
  if (json == nullptr) return;
  if (!json->is_array()) return complain(key, "allowed: a list of objects");
  size_t index = 0;
  for (const Json& one : *json) {
    // Its name says more than its place.
    const bool is_named = one.is_object() && one.contains("name") && one.at("name").is_string();
    const std::string name = is_named ? one.at("name").get<std::string>() : fmt::format("{}", index);
    Fields fields(one, path((std::string(key) + "." + name).c_str()), problems_);
    if (problems_.any()) return;
    read(fields);
    fields.finish();
    ++index;
  }
}

void Fields::object(const char* key, const std::function<void(Fields&)>& read) {
  const Json* json = any(key);
  if (json == nullptr) return;
  Fields fields(*json, path(key), problems_);
  if (problems_.any()) return;
  read(fields);
  fields.finish();
}

void Fields::members(const char* key, const std::function<void(const std::string&, const Json&, const std::string&)>& read) {
  const Json* json = any(key);
  if (json == nullptr) return;
  if (!json->is_object()) return complain(key, "allowed: an object");
  for (const auto& [name, value] : json->items())
    if (!problems_.any()) read(name, value, path((std::string(key) + "." + name).c_str()));
}

void Fields::finish() {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::string all;
    for (const char* one : known_) all += (all.empty() ? "" : " ") + std::string(one);
    problems_.add(path(name.c_str()), fmt::format("unknown key; allowed: {}", all));
  }
}

std::optional<Value> json_value(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return std::nullopt;
}

bool is_name(const std::string& text, bool with_dashes) {
  if (text.empty() || text.size() > 60) return false;
  if (!with_dashes && std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::islower(byte) != 0 || std::isdigit(byte) != 0 || c == '_' || (with_dashes && c == '-');
  });
}

}  // namespace rvx::cli::lab
