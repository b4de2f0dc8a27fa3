// The keys of one JSON object, read one by one: whatever is wrong or left over becomes one line.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/lab/lab.hpp"
#include "machine/error.hpp"

namespace rvx::cli::lab {

using Json = nlohmann::ordered_json;

// What is wrong with a file: the first thing.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void add(const std::string& where, const std::string& what);
  [[nodiscard]] bool any() const { return error_.has_value(); }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::string file_;
  std::optional<Error> error_;
};

// After the first problem everything yields empty values, so that readers need not look after each key.
class Fields {
 public:
  // `where`: the path of the object, as "claims.knee".
  Fields(const Json& object, std::string where, Problems& problems);

  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] std::string text(const char* key, bool is_required = false);
  [[nodiscard]] double number(const char* key, double otherwise, double low, double high);
  [[nodiscard]] bool flag(const char* key, bool otherwise);
  // Strings; a single one counts as a list of one.
  [[nodiscard]] std::vector<std::string> texts(const char* key);
  [[nodiscard]] Expression expression(const char* key);
  [[nodiscard]] std::optional<Expression> maybe_expression(const char* key);
  // A number counts as its text. Without `otherwise` it is required.
  [[nodiscard]] Template filled(const char* key, const char* otherwise);
  [[nodiscard]] std::vector<Template> all_filled(const char* key);
  // The value itself, or nullptr.
  [[nodiscard]] const Json* any(const char* key);
  // Elements of a list of objects.
  void each(const char* key, const std::function<void(Fields&)>& read);
  void object(const char* key, const std::function<void(Fields&)>& read);
  // Members of an object, by name.
  void members(const char* key, const std::function<void(const std::string&, const Json&, const std::string& where)>& read);
  // Whatever was not asked for is a mistake.
  void finish();

  void complain(const char* key, const std::string& what);
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] Problems& problems() { return problems_; }

 private:
  [[nodiscard]] std::string path(const char* key) const;

  const Json& object_;
  std::string where_;
  Problems& problems_;
  std::vector<const char*> known_;
};

// A number or a word.
[[nodiscard]] std::optional<Value> json_value(const Json& json);
[[nodiscard]] bool is_name(const std::string& text, bool with_dashes);

}  // namespace rvx::cli::lab
