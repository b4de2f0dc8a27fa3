// Computes columns, and shows points to expressions.
#include "cli/lab/results.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rvx::cli::lab {

size_t Results::failed() const {
  return static_cast<size_t>(std::count_if(points.begin(), points.end(), [](const PointResult& one) { return !one.is_ok(); }));
}

Value Results::value(size_t point, const std::string& name) const {
  for (size_t i = 0; i < lab.parameters.size(); ++i)
    if (lab.parameters[i].name == name) return sweep.points[point][i];
  for (size_t i = 0; i < lab.columns.size(); ++i)
    if (lab.columns[i].name == name && i < columns[point].size()) return columns[point][i];
  return Missing{Missing::Why::kUnknown, fmt::format("unknown name '{}'", name)};
}

class ResultScopes::PointScope : public Scope {
 public:
  PointScope(const Results& results, size_t index, const std::vector<const Scope*>& all) : results_(results), index_(index), all_(all) {}

  [[nodiscard]] Value name(const std::string& name) const override { return with_place(results_.value(index_, name)); }
  [[nodiscard]] Value source(const std::string& source, const std::string& key) const override {
    if (!result().is_ok()) return failed();
    return with_place(look_up(result(), source, key));
  }
  [[nodiscard]] Value count(const std::string&, const std::string& key) const override {
    if (!result().is_ok()) return failed();
    return count_of(result(), key);
  }
  [[nodiscard]] std::vector<const Scope*> points() const override { return all_; }

  [[nodiscard]] const Scope* at(const Assignments& changes) const override {
    Point wanted = results_.sweep.points[index_];
    for (const auto& [name, value] : changes) {
      const Parameter* parameter = results_.lab.parameter(name);
      if (parameter == nullptr) return nullptr;
      wanted[static_cast<size_t>(parameter - results_.lab.parameters.data())] = value;
    }
    const auto& points = results_.sweep.points;
    const auto found = std::find(points.begin(), points.end(), wanted);
    return found == points.end() ? nullptr : all_[static_cast<size_t>(found - points.begin())];
  }

 private:
  [[nodiscard]] const PointResult& result() const { return results_.points[index_]; }
  [[nodiscard]] Value failed() const { return Missing{Missing::Why::kFailed, "the point failed"}; }
  [[nodiscard]] Value with_place(Value value) const {
    if (auto* none = std::get_if<Missing>(&value); none != nullptr && none->is_mistake() && none->text.find(", at ") == std::string::npos)
      none->text += fmt::format(", at {}", point_text(results_.lab, results_.sweep.points[index_]));
    return value;
  }

  const Results& results_;
  size_t index_;
  const std::vector<const Scope*>& all_;
};

class ResultScopes::AllScope : public Scope {
 public:
  AllScope(const Results& results, const std::vector<const Scope*>& all) : results_(results), all_(all) {}
  // A parameter with one value in the whole sweep has it here, too.
  [[nodiscard]] Value name(const std::string& name) const override {
    for (size_t i = 0; i < results_.sweep.points.size(); ++i)
      if (results_.lab.parameter(name) == nullptr || results_.value(i, name) != results_.value(0, name))
        return Missing{Missing::Why::kWrong, fmt::format("'{}' differs between points; allowed: aggregates, as max_over({})", name, name)};
    return results_.value(0, name);
  }
  [[nodiscard]] Value source(const std::string& source, const std::string& key) const override {
    return Missing{Missing::Why::kWrong, fmt::format("{} differs between points; allowed: aggregates, as max_over({})", source_text(source, key), source_text(source, key))};
  }
  [[nodiscard]] std::vector<const Scope*> points() const override { return all_; }

 private:
  const Results& results_;
  const std::vector<const Scope*>& all_;
};

ResultScopes::ResultScopes(const Results& results) {
  for (size_t i = 0; i < results.points.size(); ++i) {
    points_.push_back(std::make_unique<PointScope>(results, i, list_));
    list_.push_back(points_.back().get());
  }
  all_ = std::make_unique<AllScope>(results, list_);
}

ResultScopes::~ResultScopes() = default;

const Scope& ResultScopes::point(size_t index) const { return *points_[index]; }
const Scope& ResultScopes::all() const { return *all_; }
size_t ResultScopes::size() const { return points_.size(); }

Error mistake(const Results& results, const std::string& where, const Missing& missing) {
  return unusable_error(fmt::format("{}: {}: {}", results.lab.file, where, missing.text));
}

Outcome compute_columns(Results& results) {
  results.columns.assign(results.points.size(), {});
  const ResultScopes scopes(results);
  for (const Column& column : results.lab.columns) {
    std::vector<Value> values;
    for (size_t i = 0; i < results.points.size(); ++i) {
      if (!results.points[i].is_ok()) {
        values.emplace_back(Missing{Missing::Why::kFailed, "the point failed"});
        continue;
      }
      values.push_back(evaluate(column.value, scopes.point(i)));
      if (const Missing* none = missing(values.back()); none != nullptr && none->is_mistake()) return mistake(results, "columns." + column.name, *none);
    }
    // At once, so that no point sees another one's column half done.
    for (size_t i = 0; i < values.size(); ++i) results.columns[i].push_back(std::move(values[i]));
  }
  return std::monostate{};
}

}  // namespace rvx::cli::lab
