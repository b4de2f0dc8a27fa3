// Expressions and templates of lab.json: how they bind, what they yield, what is wrong with them.
#include "cli/lab/expression.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/lab/knee.hpp"
#include "cli/lab/template.hpp"

namespace rvx::cli::lab {
namespace {

using testing::HasSubstr;

// Three points of one parameter x; y is its square, and missing at the last.
class Points {
 public:
  Points() {
    for (const double x : {1.0, 2.0, 3.0}) all_.emplace_back(*this, x);
  }
  [[nodiscard]] const Scope& first() const { return all_[0]; }
  [[nodiscard]] const Scope& last() const { return all_[2]; }

 private:
  class One : public Scope {
   public:
    One(const Points& all, double x) : all_(all), x_(x) {}
    [[nodiscard]] Value name(const std::string& name) const override {
      if (name == "x") return x_;
      if (name == "y" && x_ < 3) return x_ * x_;
      if (name == "y") return Missing{Missing::Why::kNoValue, "none"};
      if (name == "word") return std::string("lru");
      if (name == "broken") return Missing{Missing::Why::kFailed, "the point failed"};
      return Missing{Missing::Why::kUnknown, "unknown name '" + name + "'"};
    }
    [[nodiscard]] Value source(const std::string& source, const std::string& key) const override {
      if (source == "m" && key == "walk l1d-tlb.load-misses") return 7.0;
      return Missing{Missing::Why::kUnknown, source_text(source, key)};
    }
    [[nodiscard]] Value count(const std::string&, const std::string&) const override { return 2.0; }
    [[nodiscard]] std::vector<const Scope*> points() const override {
      std::vector<const Scope*> list;
      for (const One& one : all_.all_) list.push_back(&one);
      return list;
    }
    [[nodiscard]] const Scope* at(const Assignments& changes) const override {
      for (const One& one : all_.all_)
        if (changes[0].first == "x" && changes[0].second == Value{one.x_}) return &one;
      return nullptr;
    }

   private:
    const Points& all_;
    double x_;
  };
  std::vector<One> all_;
};

Value value_at(const Scope& scope, const char* text) {
  const Result<Expression> read = parse_expression(text);
  EXPECT_TRUE(read) << text << ": " << (read ? "" : read.error().text);
  return read ? evaluate(*read, scope) : Value{};
}

Value value_of(const char* text) {
  static const Points points;
  return value_at(points.first(), text);
}

std::string why(const Value& value) { return missing(value) == nullptr ? "there is a value" : missing(value)->text; }

TEST(LabExpression, OperatorsBindAsInArithmetic) {
  EXPECT_EQ(value_of("1 + 2 * 3"), Value{7.0});
  EXPECT_EQ(value_of("(1 + 2) * 3"), Value{9.0});
  EXPECT_EQ(value_of("10 - 4 - 3"), Value{3.0});
  EXPECT_EQ(value_of("2 * 3 ^ 2"), Value{18.0});
  EXPECT_EQ(value_of("7 % 4 == 3 && 1 < 2 || 0"), Value{1.0});
  EXPECT_EQ(value_of("-2 + 5"), Value{3.0});
  EXPECT_EQ(value_of("!0 + 1"), Value{2.0});
  EXPECT_EQ(value_of("x > 1 ? 10 : x == 1 ? 20 : 30"), Value{20.0});
  EXPECT_EQ(value_of("1e3 / 4"), Value{250.0});
}

TEST(LabExpression, WordsAreEqualOrNot) {
  EXPECT_EQ(value_of("word == 'lru'"), Value{1.0});
  EXPECT_EQ(value_of("word != 'lru'"), Value{0.0});
  EXPECT_EQ(value_of("word == 1"), Value{0.0});
  EXPECT_TRUE(missing(value_of("word + 1"))->is_mistake());
  EXPECT_TRUE(missing(value_of("word < 'plru'"))->is_mistake());
  EXPECT_TRUE(missing(value_of("word && 1"))->is_mistake());
}

TEST(LabExpression, CountersHaveTheirNamesBetweenBrackets) {
  EXPECT_EQ(value_of("m[walk l1d-tlb.load-misses] - 1"), Value{6.0});
  EXPECT_EQ(value_of("count(out[time])"), Value{2.0});
  EXPECT_THAT(why(value_of("m[walk l2.misses] + 1")), HasSubstr("m[walk l2.misses]"));
}

TEST(LabExpression, WhatIsUnknownMayHaveASubstitute) {
  EXPECT_EQ(value_of("m[walk l2.misses] ?? 0 + 3"), Value{3.0});
  EXPECT_EQ(missing(value_of("x / 0 ?? 5"))->why, Missing::Why::kNoValue);  // x / (0 ?? 5)
  EXPECT_EQ(value_of("(x / 0) ?? 5"), Value{5.0});
  // A failed point has none, and a word where a number belongs stays a mistake.
  EXPECT_EQ(why(value_of("broken ?? 1")), "the point failed");
  EXPECT_TRUE(missing(value_of("(word + 1) ?? 1"))->is_mistake());
}

TEST(LabExpression, ADivisionByZeroHasNoValue) {
  EXPECT_EQ(missing(value_of("1 / 0"))->why, Missing::Why::kNoValue);
  EXPECT_EQ(missing(value_of("1 % 0"))->why, Missing::Why::kNoValue);
  EXPECT_EQ(missing(value_of("log2(0)"))->why, Missing::Why::kNoValue);
}

TEST(LabExpression, OtherPointsAreReachedByTheirParameters) {
  EXPECT_EQ(value_of("at(y, x = 2) - y"), Value{3.0});
  EXPECT_EQ(value_of("at(y, x = 2 * x)"), Value{4.0});
  EXPECT_EQ(missing(value_of("at(y, x = 9)"))->why, Missing::Why::kNoPoint);
}

TEST(LabExpression, AggregatesSkipWhatHasNoValue) {
  EXPECT_EQ(value_of("sum_over(x)"), Value{6.0});
  EXPECT_EQ(value_of("sum_over(y)"), Value{5.0});
  EXPECT_EQ(value_of("max_over(y, x < 2)"), Value{1.0});
  EXPECT_EQ(value_of("min_over(x, x > 1)"), Value{2.0});
  EXPECT_EQ(value_of("mean_over(x)"), Value{2.0});
  EXPECT_EQ(value_of("count_over(x >= 2)"), Value{2.0});
  EXPECT_EQ(value_of("all_over(x > 0)"), Value{1.0});
  EXPECT_EQ(value_of("all_over(x > 1)"), Value{0.0});
  EXPECT_EQ(value_of("any_over(x > 2)"), Value{1.0});
  EXPECT_EQ(value_of("any_over(x > 3)"), Value{0.0});
  EXPECT_EQ(missing(value_of("max_over(x, x > 9)"))->why, Missing::Why::kNoPoint);
  EXPECT_TRUE(missing(value_of("max_over(none)"))->is_mistake());
  EXPECT_EQ(missing(value_of("max_over(broken)"))->why, Missing::Why::kFailed);
}

TEST(LabExpression, TheValueOfSeveralPointsMustAgree) {
  EXPECT_EQ(value_of("value(x, x == 2)"), Value{2.0});
  EXPECT_EQ(value_of("value(word)"), Value{std::string("lru")});
  EXPECT_TRUE(missing(value_of("value(x)"))->is_mistake());
}

TEST(LabExpression, NearIsAShareOfTheSecond) {
  EXPECT_EQ(value_of("near(98, 100, 0.02)"), Value{1.0});
  EXPECT_EQ(value_of("near(97, 100, 0.02)"), Value{0.0});
}

TEST(LabExpression, MistakesTellWhereTheyAre) {
  for (const auto& [text, what] : std::map<std::string, std::string>{{"1 +", "a value is missing, at the end"},
                                                                    {"(1", "')' is missing"},
                                                                    {"1 2", "what follows belongs to nothing, at '2'"},
                                                                    {"'a", "the closing ' is missing"},
                                                                    {"f(1)", "no function is called f"},
                                                                    {"near(1, 2)", "near takes 3 arguments"},
                                                                    {"m[cycles]", "a measurement and a counter"},
                                                                    {"q[cycles]", "no source is called q"},
                                                                    {"at(x)", "at(…) takes name = value"},
                                                                    {"at(x, x == 2)", "at(…) takes name = value"},
                                                                    {"count(x)", "count takes one out[name]"},
                                                                    {"x ? 1", "':' is missing"},
                                                                    {"1x", "no number"},
                                                                    {std::string(200, '('), "too many levels"}}) {
    const Result<Expression> read = parse_expression(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().text, HasSubstr(what)) << text;
  }
}

TEST(LabTemplate, ExpressionsAreFilledIn) {
  const Points points;
  EXPECT_EQ(fill(*parse_template("size={x * 4}K {{x}}"), points.last()), Value{std::string("size=12K {x}")});
  EXPECT_EQ(fill(*parse_template(""), points.last()), Value{std::string()});
  EXPECT_NE(missing(fill(*parse_template("{y}"), points.last())), nullptr);
  EXPECT_EQ(fill_for_reader(*parse_template("{x / 7} and {y}"), points.last()), "0.429 and -");
  EXPECT_FALSE(parse_template("{x"));
  EXPECT_FALSE(parse_template("{x +}"));
}

TEST(LabKnee, ACurveIsFlatUntilItRisesByTheFactor) {
  const auto knee = find_knee({{8, 25}, {1, 10}, {4, 20}, {2, 11}, {16, 5}}, 2);
  ASSERT_TRUE(knee);
  EXPECT_EQ(knee->flat, 4);
  EXPECT_EQ(knee->risen, 8);
  EXPECT_EQ(knee->level, 10);
}

TEST(LabKnee, ACurveThatNeverRisesHasNoEnd) {
  const auto knee = find_knee({{1, 10}, {2, 20}}, 2);
  ASSERT_TRUE(knee);
  EXPECT_EQ(knee->flat, 2);
  EXPECT_FALSE(knee->risen);
  EXPECT_FALSE(find_knee({}, 2));
}

TEST(LabKnee, ALevelOfZeroIsLeftByAnythingAboveIt) {
  const auto knee = find_knee({{1, 0}, {2, 0}, {4, 1}}, 2);
  ASSERT_TRUE(knee);
  EXPECT_EQ(knee->flat, 2);
  EXPECT_EQ(knee->risen, 4);
}

}  // namespace
}  // namespace rvx::cli::lab
