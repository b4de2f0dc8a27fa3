// Reads expressions of lab.json: recursive descent, one function for each level of binding.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "cli/lab/expression.hpp"

namespace rvx::cli::lab {
namespace {

using Kind = Expression::Kind;

struct Function {
  std::string_view name;
  Kind kind;
  size_t least, most;
};

constexpr Function kFunctions[] = {
    {"min", Kind::kCall, 1, 16},        {"max", Kind::kCall, 1, 16},
    {"abs", Kind::kCall, 1, 1},         {"floor", Kind::kCall, 1, 1},
    {"ceil", Kind::kCall, 1, 1},        {"round", Kind::kCall, 1, 1},
    {"sqrt", Kind::kCall, 1, 1},        {"log2", Kind::kCall, 1, 1},
    {"near", Kind::kCall, 3, 3},        {"min_over", Kind::kOver, 1, 2},
    {"max_over", Kind::kOver, 1, 2},    {"sum_over", Kind::kOver, 1, 2},
    {"mean_over", Kind::kOver, 1, 2},   {"count_over", Kind::kOver, 0, 1},
    {"all_over", Kind::kOver, 1, 2},    {"any_over", Kind::kOver, 1, 2},
    {"value", Kind::kOver, 1, 2},       {"knee", Kind::kKnee, 3, 4},
};
constexpr std::string_view kSources[] = {"m", "model", "out", "guest", "host"};

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool continues_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Levels from the loosest to the tightest; longer operators first, where one begins another.
constexpr std::array<std::array<std::string_view, 6>, 6> kLevels = {{
    {"||"}, {"&&"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}, {"^"}}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Expression> parse() {
    Expression all = choice();
    if (problem_.empty() && (skip(), at_ < text_.size())) fail("what follows belongs to nothing");
    if (!problem_.empty()) {
      const std::string_view rest = text_.substr(std::min(problem_at_, text_.size()));
      return unusable_error(fmt::format("{}, {} in '{}'", problem_,
                                        rest.empty() ? "at the end" : fmt::format("at '{}'", rest.substr(0, 20)), text_));
    }
    return all;
  }

 private:
  void fail(std::string what) {
    if (!problem_.empty()) return;
    problem_ = std::move(what);
    problem_at_ = at_;
  }

  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  [[nodiscard]] bool peek(std::string_view token) {
    skip();
    return text_.substr(at_).starts_with(token);
  }
  bool take(std::string_view token) {
    if (!peek(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(fmt::format("'{}' is missing", token));
  }

  Expression choice() {
    if (++depth_ > kDeepest) fail("too many levels");
    Expression e = problem_.empty() ? level(0) : Expression{};
    // "??" is no question.
    if (problem_.empty() && peek("?") && !peek("??")) {
      take("?");
      Expression chosen{.kind = Kind::kChoose};
      chosen.parts.push_back(std::move(e));
      chosen.parts.push_back(choice());
      expect(":");
      chosen.parts.push_back(choice());
      e = std::move(chosen);
    }
    --depth_;
    return e;
  }

  Expression level(size_t index) {
    if (index == kLevels.size()) return unary();
    Expression left = level(index + 1);
    while (problem_.empty()) {
      skip();
      std::string_view found;
      for (const std::string_view op : kLevels[index])
        if (found.empty() && !op.empty() && take(op)) found = op;
      if (found.empty()) break;
      Expression both{.kind = Kind::kBinary, .text = std::string(found)};
      both.parts.push_back(std::move(left));
      both.parts.push_back(level(index + 1));
      left = std::move(both);
    }
    return left;
  }

  Expression unary() {
    for (const std::string_view op : {"-", "!"}) {
      if (op == "!" && peek("!=")) continue;
      if (!take(op)) continue;
      Expression e{.kind = Kind::kUnary, .text = std::string(op)};
      if (++depth_ > kDeepest) fail("too many levels");
      e.parts.push_back(problem_.empty() ? unary() : Expression{});
      --depth_;
      return e;
    }
    Expression e = primary();
    if (problem_.empty() && take("??")) {
      Expression other{.kind = Kind::kElse};
      other.parts.push_back(std::move(e));
      if (++depth_ > kDeepest) fail("too many levels");
      other.parts.push_back(problem_.empty() ? unary() : Expression{});
      --depth_;
      return other;
    }
    return e;
  }

  Expression primary() {
    skip();
    if (at_ >= text_.size()) return fail("a value is missing"), Expression{};
    const char c = text_[at_];
    if (take("(")) {
      Expression e = choice();
      expect(")");
      return e;
    }
    if (c == '\'') return quoted();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') return digits();
    if (starts_name(c)) return named();
    fail("a value is missing");
    return {};
  }

  Expression quoted() {
    const size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return fail("the closing ' is missing"), Expression{};
    Expression e{.kind = Kind::kWord, .text = std::string(text_.substr(at_ + 1, end - at_ - 1))};
    at_ = end + 1;
    return e;
  }

  Expression digits() {
    Expression e{.kind = Kind::kNumber};
    const char* const from = text_.data() + at_;
    const auto [end, error] = std::from_chars(from, text_.data() + text_.size(), e.number);
    if (error != std::errc{}) return fail("no number"), e;
    at_ += static_cast<size_t>(end - from);
    if (at_ < text_.size() && starts_name(text_[at_])) fail("no number");
    return e;
  }

  Expression named() {
    const size_t from = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    std::string name(text_.substr(from, at_ - from));
    if (at_ < text_.size() && text_[at_] == '[') return source(std::move(name), from);
    if (!peek("(")) return {.kind = Kind::kName, .text = std::move(name)};
    if (name == "at") return at_other_point();
    if (name == "count") return counted();
    const auto* const function =
        std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const Function& f) { return f.name == name; });
    if (function == std::end(kFunctions)) {
      at_ = from;
      return fail(fmt::format("no function is called {}", name)), Expression{};
    }
    Expression e{.kind = function->kind, .text = std::move(name)};
    e.parts = arguments();
    if (e.parts.size() < function->least || e.parts.size() > function->most)
      fail(fmt::format("{} takes {}{} arguments", function->name, function->least,
                       function->least == function->most ? "" : fmt::format(" to {}", function->most)));
    return e;
  }

  Expression source(std::string name, size_t from) {
    const size_t end = text_.find(']', at_);
    if (end == std::string_view::npos) return fail("the closing ] is missing"), Expression{};
    std::string key(text_.substr(at_ + 1, end - at_ - 1));
    if (std::find(std::begin(kSources), std::end(kSources), name) == std::end(kSources)) {
      at_ = from;
      return fail(fmt::format("no source is called {}; there are m, model, out, guest and host", name)), Expression{};
    }
    if (key.empty() || (name == "m" && key.find(' ') == std::string::npos))
      fail(name == "m" ? "a measurement and a counter belong between the brackets" : "a name belongs between the brackets");
    at_ = end + 1;
    return {.kind = Kind::kSource, .text = std::move(name), .key = std::move(key)};
  }

  std::vector<Expression> arguments() {
    std::vector<Expression> all;
    expect("(");
    if (take(")")) return all;
    do all.push_back(choice());
    while (problem_.empty() && take(","));
    expect(")");
    return all;
  }

  Expression counted() {
    std::vector<Expression> all = arguments();
    if (problem_.empty() && (all.size() != 1 || all[0].kind != Kind::kSource || all[0].text != "out"))
      fail("count takes one out[name]");
    if (!problem_.empty()) return {};
    all[0].kind = Kind::kCount;
    return std::move(all[0]);
  }

  Expression at_other_point() {
    Expression e{.kind = Kind::kAt};
    expect("(");
    e.parts.push_back(choice());
    while (problem_.empty() && take(",")) {
      skip();
      const size_t from = at_;
      while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
      e.names.emplace_back(text_.substr(from, at_ - from));
      if (e.names.back().empty() || peek("==") || !take("=")) fail("at(…) takes name = value");
      e.parts.push_back(choice());
    }
    if (e.names.empty()) fail("at(…) takes name = value");
    expect(")");
    return e;
  }

  static constexpr int kDeepest = 60;
  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string problem_;
  size_t problem_at_ = 0;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text) { return Parser(text).parse(); }

std::string source_text(const std::string& source, const std::string& key) {
  return fmt::format("{}[{}]", source, key);
}

void each_use(const Expression& expression, std::vector<Use>& uses) {
  if (expression.kind == Kind::kName) uses.push_back({false, expression.text, {}});
  if (expression.kind == Kind::kSource || expression.kind == Kind::kCount)
    uses.push_back({true, expression.text, expression.key});
  for (const std::string& name : expression.names) uses.push_back({false, name, {}});
  for (const Expression& part : expression.parts) each_use(part, uses);
}

}  // namespace rvx::cli::lab
