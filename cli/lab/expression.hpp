// Expressions of lab.json: read once, evaluated at points of a sweep.
//
// A grammar of our own, because counters have dots and dashes in their names, parameters may be words,
// and claims speak of many points at once; libraries for formulas know numbers alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/lab/value.hpp"
#include "machine/error.hpp"

namespace rvx::cli::lab {

struct Expression {
  enum class Kind : uint8_t {
    kNumber,
    kWord,
    kName,     // text: a parameter or a column
    kSource,   // text: m, model, out, guest or host; key: what stands between the brackets
    kCount,    // how many values a source had
    kUnary,    // text: - or !
    kBinary,   // text: the operator
    kChoose,   // condition ? a : b
    kElse,     // a ?? b
    kAt,       // parts: what, then one for each of names
    kCall,     // text: the function
    kOver,     // text: the aggregate; parts: what (but for count_over), then perhaps a condition
    kKnee,     // parts: y, x, condition, perhaps times
  };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::string text = {}, key = {};
  std::vector<Expression> parts = {};
  std::vector<std::string> names = {};  // parameters that kAt changes
};

// The error's text tells what is wrong and where in `text`, without a file's name.
[[nodiscard]] Result<Expression> parse_expression(std::string_view text);

using Assignments = std::vector<std::pair<std::string, Value>>;

// What names stand for: a point of a sweep, or only its parameters.
class Scope {
 public:
  virtual ~Scope() = default;
  [[nodiscard]] virtual Value name(const std::string& name) const = 0;
  [[nodiscard]] virtual Value source(const std::string& source, const std::string& key) const;
  [[nodiscard]] virtual Value count(const std::string& source, const std::string& key) const;
  // All points of the sweep.
  [[nodiscard]] virtual std::vector<const Scope*> points() const { return {}; }
  // The point that differs in these parameters, or nullptr.
  [[nodiscard]] virtual const Scope* at(const Assignments&) const { return nullptr; }
};

[[nodiscard]] Value evaluate(const Expression& expression, const Scope& scope);

// "key" in "source[key]".
[[nodiscard]] std::string source_text(const std::string& source, const std::string& key);

struct Use {
  bool is_source = false;
  std::string text, key;
};
// Every name and source that stands in it.
void each_use(const Expression& expression, std::vector<Use>& uses);

// A condition's verdict: nothing, not "false", where it has no value.
struct Truth {
  bool is_known = false;
  bool value = false;
  Missing missing;
};
[[nodiscard]] Truth truth_of(const Value& value);

}  // namespace rvx::cli::lab
