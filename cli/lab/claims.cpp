// How each kind of claim is judged. What a claim needs and does not find is against it, unless whoever ran
// the lab took it away.
#include "cli/lab/claims.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "cli/lab/knee.hpp"

namespace rvx::cli::lab {
namespace {

using Why = Missing::Why;
constexpr size_t kMostFigures = 8;

std::string plural(size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

class Judge {
 public:
  Judge(const Results& results, const Claim& claim, const ResultScopes& scopes) : results_(results), claim_(claim), scopes_(scopes) {}

  Result<Judgement> judge() {
    if (results_.choice.is_quick && !claim_.is_quick) return not_applicable("is not judged in a quick run");
    if (claim_.kind == ClaimKind::kTrue) {
      judge_true();
    } else if (choose_points()) {
      if (claim_.kind == ClaimKind::kEach) judge_each();
      if (claim_.kind == ClaimKind::kOrder) judge_order();
      if (claim_.kind == ClaimKind::kKnee) judge_knees();
    }
    if (mistake_) return mistake(results_, "claims." + claim_.name, *mistake_);
    return conclude();
  }

 private:
  static Judgement not_applicable(std::string why) { return {Verdict::kNotApplicable, std::move(why), {}}; }

  // --- Counting ---------------------------------------------------------------------------------------

  void agree(std::string figures) {
    ++agreed_;
    if (for_.size() < kMostFigures) for_.push_back(std::move(figures));
  }
  void disagree(std::string figures) {
    ++disagreed_;
    if (against_.size() < kMostFigures) against_.push_back(std::move(figures));
  }
  // What has no value: a mistake, taken away, or against the claim.
  void lacks(const Missing& missing, const std::string& where) {
    if (missing.is_mistake()) {
      if (!mistake_) mistake_ = missing;
    } else if (missing.why == Why::kNoPoint && results_.sweep.is_narrowed) {
      ++skipped_;
    } else {
      disagree(fmt::format("{}: {}", where, missing.text));
    }
  }

  Judgement conclude() const {
    Judgement all;
    const std::string skipped = skipped_ == 0 ? "" : fmt::format("; {} left out, without the point they are compared with", skipped_);
    if (agreed_ + disagreed_ == 0) {
      if (results_.sweep.is_narrowed) return not_applicable("no point of this run is one it speaks of");
      all.summary = "no point is one it speaks of";
      return all;
    }
    all.verdict = disagreed_ == 0 ? Verdict::kHolds : Verdict::kFails;
    all.summary = disagreed_ == 0 ? fmt::format("{}{}", plural(agreed_, noun_), skipped)
                                  : fmt::format("not at {} of {}{}", disagreed_, plural(agreed_ + disagreed_, noun_), skipped);
    all.figures = disagreed_ != 0 ? against_ : for_;
    return all;
  }

  // --- Points -----------------------------------------------------------------------------------------

  [[nodiscard]] std::string place(size_t point) const { return point_text(results_.lab, results_.sweep.points[point]); }

  bool choose_points() {
    for (size_t i = 0; i < scopes_.size(); ++i) {
      if (claim_.where) {
        const Truth truth = truth_of(evaluate(*claim_.where, scopes_.point(i)));
        if (!truth.is_known) {
          lacks(truth.missing, place(i));
          continue;
        }
        if (!truth.value) continue;
      }
      points_.push_back(i);
    }
    return !mistake_;
  }

  // "misses 12, saved 3": the columns and counters that an expression speaks of, at a point.
  [[nodiscard]] std::string figures(const Expression& expression, size_t point) const {
    std::vector<Use> uses;
    each_use(expression, uses);
    std::set<std::string> seen;
    std::string all;
    for (const Use& use : uses) {
      const std::string name = use.is_source ? source_text(use.text, use.key) : use.text;
      if ((!use.is_source && results_.lab.parameter(use.text) != nullptr) || !seen.insert(name).second) continue;
      const Value value = use.is_source ? scopes_.point(point).source(use.text, use.key) : scopes_.point(point).name(use.text);
      all += fmt::format("{}{} {}", all.empty() ? "" : ", ", name, value_text(value));
    }
    return all;
  }

  // Points of a claim by their values of `names`.
  [[nodiscard]] std::vector<std::pair<std::string, std::vector<size_t>>> grouped(const std::vector<std::string>& names) const {
    std::vector<std::pair<std::string, std::vector<size_t>>> groups;
    std::map<std::string, size_t> places;
    for (const size_t point : points_) {
      std::string key;
      for (const std::string& name : names) key += fmt::format("{}{}={}", key.empty() ? "" : " ", name, value_text(results_.value(point, name)));
      const auto [at, is_new] = places.emplace(key, groups.size());
      if (is_new) groups.push_back({key, {}});
      groups[at->second].second.push_back(point);
    }
    return groups;
  }

  // --- Each kind --------------------------------------------------------------------------------------

  void judge_true() {
    noun_ = "statement";
    const Truth truth = truth_of(evaluate(claim_.value, scopes_.all()));
    if (!truth.is_known) return lacks(truth.missing, claim_.source);
    const std::string figures = sides_text(claim_.value, scopes_.all());
    truth.value ? agree(figures) : disagree(figures);
  }

  // Both sides of a comparison, where it is one: what decided.
  static std::string sides_text(const Expression& e, const Scope& scope) {
    using Kind = Expression::Kind;
    static const std::set<std::string> kComparisons{"==", "!=", "<", "<=", ">", ">="};
    const auto shown = [&](const Expression& part) { return value_text(evaluate(part, scope)); };
    if (e.kind == Kind::kBinary && (e.text == "&&" || e.text == "||")) {
      // Where one side decides alone, the other one says nothing.
      const bool is_and = e.text == "&&";
      for (const Expression& side : e.parts)
        if (const Truth truth = truth_of(evaluate(side, scope)); truth.is_known && truth.value != is_and) return sides_text(side, scope);
      return fmt::format("{} {} {}", sides_text(e.parts[0], scope), is_and ? "and" : "or", sides_text(e.parts[1], scope));
    }
    if (e.kind == Kind::kBinary && kComparisons.contains(e.text)) return fmt::format("{} {} {}", shown(e.parts[0]), e.text, shown(e.parts[1]));
    if (e.kind == Kind::kCall && e.text == "near") return fmt::format("{} near {}, within {}", shown(e.parts[0]), shown(e.parts[1]), shown(e.parts[2]));
    return shown(e);
  }

  void judge_each() {
    for (const size_t point : points_) {
      const Truth truth = truth_of(evaluate(claim_.value, scopes_.point(point)));
      if (!truth.is_known) {
        lacks(truth.missing, place(point));
        continue;
      }
      const std::string text = fmt::format("{}: {} ({})", place(point), sides_text(claim_.value, scopes_.point(point)), figures(claim_.value, point));
      truth.value ? agree(text) : disagree(text);
    }
  }

  [[nodiscard]] std::vector<std::string> matched_names() const {
    if (claim_.match) return *claim_.match;
    std::vector<Use> uses;
    for (const Expression& condition : claim_.of) each_use(condition, uses);
    std::vector<std::string> names;
    for (const Parameter& one : results_.lab.parameters)
      if (std::none_of(uses.begin(), uses.end(), [&](const Use& use) { return use.text == one.name; })) names.push_back(one.name);
    return names;
  }

  // The mean over those of `points` where `condition` holds; none: no point, or something is lacking.
  std::optional<double> mean_where(const Expression& condition, const std::vector<size_t>& points) {
    double sum = 0;
    size_t count = 0;
    for (const size_t point : points) {
      const Truth truth = truth_of(evaluate(condition, scopes_.point(point)));
      if (!truth.is_known) lacks(truth.missing, place(point));
      if (!truth.is_known || !truth.value) continue;
      const Value value = evaluate(claim_.value, scopes_.point(point));
      if (const Missing* none = missing(value)) return lacks(*none, place(point)), std::nullopt;
      if (number(value) == nullptr) return lacks({Why::kWrong, "order takes numbers"}, place(point)), std::nullopt;
      sum += *number(value);
      ++count;
    }
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
  }

  [[nodiscard]] bool is_ordered(double a, double b, const std::string& relation) const {
    if (relation == "<") return a < b && a * claim_.times <= b;
    if (relation == "<=") return a * claim_.times <= b;
    if (relation == ">") return a > b && a >= b * claim_.times;
    return a >= b * claim_.times;
  }

  void judge_order() {
    noun_ = "comparison";
    for (const auto& [key, points] : grouped(matched_names())) {
      std::vector<double> values;
      for (const Expression& condition : claim_.of)
        if (const auto mean = mean_where(condition, points)) values.push_back(*mean);
      if (values.size() < claim_.of.size()) continue;  // not all of them are in the sweep
      bool is_right = true;
      std::string text = value_text(values[0]);
      for (size_t i = 1; i < values.size(); ++i) {
        is_right = is_right && is_ordered(values[i - 1], values[i], claim_.relations[i - 1]);
        text += fmt::format(" {} {}", claim_.relations[i - 1], value_text(values[i]));
      }
      text = key.empty() ? text : fmt::format("{}: {}", key, text);
      is_right ? agree(text) : disagree(text);
    }
  }

  void judge_knees() {
    noun_ = "curve";
    for (const auto& [key, points] : grouped(claim_.by)) judge_knee(key.empty() ? "the curve" : key, points);
  }

  void judge_knee(const std::string& key, const std::vector<size_t>& points) {
    std::vector<std::pair<double, double>> curve;
    for (const size_t point : points) {
      const Value x = results_.value(point, claim_.x), y = evaluate(claim_.value, scopes_.point(point));
      for (const Value* value : {&x, &y})
        if (const Missing* none = missing(*value)) return lacks(*none, place(point));
      if (number(x) == nullptr || number(y) == nullptr) return lacks({Why::kWrong, "knee takes numbers"}, place(point));
      curve.emplace_back(*number(x), *number(y));
    }
    const Value expected = evaluate(claim_.expect, scopes_.point(points[0]));
    if (const Missing* none = missing(expected)) return lacks(*none, key);
    if (number(expected) == nullptr) return lacks({Why::kWrong, "expect is no number"}, key);
    const std::optional<Knee> knee = find_knee(curve, claim_.times);
    const std::string unit = results_.lab.unit(claim_.x), wanted = fmt::format("expected at {}{}{}", value_text(expected), unit.empty() ? "" : " ", unit);
    if (!knee->risen) {
      // A run of fewer points may end before the knee.
      if (results_.sweep.is_narrowed && *number(expected) >= knee->flat) {
        ++skipped_;
        return;
      }
      return disagree(fmt::format("{}: stays at its level up to {}; {}", key, number_text(knee->flat), wanted));
    }
    const bool is_right = *number(expected) >= knee->flat * (1 - claim_.tolerance) && *number(expected) <= *knee->risen * (1 + claim_.tolerance);
    const std::string text = fmt::format("{}: flat up to {}, risen at {}; {}", key, number_text(knee->flat), number_text(*knee->risen), wanted);
    is_right ? agree(text) : disagree(text);
  }

  const Results& results_;
  const Claim& claim_;
  const ResultScopes& scopes_;
  const char* noun_ = "point";
  std::vector<size_t> points_;
  size_t agreed_ = 0, disagreed_ = 0, skipped_ = 0;
  std::vector<std::string> for_, against_;
  std::optional<Missing> mistake_;
};

}  // namespace

const char* verdict_text(Verdict verdict) {
  return verdict == Verdict::kHolds ? "pass" : verdict == Verdict::kFails ? "FAIL" : "not applicable";
}

Result<std::vector<Judgement>> judge(const Results& results) {
  const ResultScopes scopes(results);
  std::vector<Judgement> all;
  for (const Claim& claim : results.lab.claims) {
    Result<Judgement> one = Judge(results, claim, scopes).judge();
    if (!one) return one.error();
    all.push_back(std::move(*one));
  }
  return all;
}

size_t failed_claims(const Results& results, const std::vector<Judgement>& judgements) {
  size_t failed = 0;
  for (size_t i = 0; i < judgements.size(); ++i)
    failed += judgements[i].verdict == Verdict::kFails && !results.lab.claims[i].is_host ? 1 : 0;
  return failed;
}

}  // namespace rvx::cli::lab
