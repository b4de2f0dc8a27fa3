// A lab: everything that its lab.json says (docs/labs.md, Format).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/lab/template.hpp"

namespace rvx::cli::lab {

// What a parameter may be: words and numbers of a list, or whole numbers of a range.
struct Allowed {
  std::vector<Value> list;  // in use where it is not empty
  double from = 0, to = 0, step = 1;
  bool is_power_of_two = false;

  [[nodiscard]] bool has(const Value& value) const;
  [[nodiscard]] std::string text() const;
};

struct Parameter {
  std::string name, text, unit;
  std::vector<Value> values, quick;
  Allowed allowed;
  bool has_quick = false;  // otherwise `quick` equals `values`
  bool is_for_students = false;
};

enum class GuestKind : uint8_t { kBare, kKernel, kDebian };

struct Guest {
  GuestKind kind = GuestKind::kBare;
  Template program;
  std::vector<Template> arguments, boot;
  std::vector<std::string> files;
};

struct Disk {
  std::string file;
  Template latency;
};

struct MachinePart {
  Template harts, memory, model, engine;
  // "section.key" and its value; none: the section is left away.
  std::vector<std::pair<std::string, std::optional<Template>>> overrides;
  std::optional<Disk> disk;
  std::vector<Template> options;
  double timeout_s = 120;
  uint64_t instructions = 0;  // 0: no limit
};

struct Column {
  std::string name, text, unit, source;  // source: the expression as it was written
  Expression value;
  std::optional<int> digits;
  bool is_host = false, is_hidden = false;
};

enum class Scale : uint8_t { kLinear, kLog, kLog2 };
enum class PlotKind : uint8_t { kAuto, kLine, kBar, kStacked };

struct Mark {
  Expression x;
  std::string text;
};

struct Plot {
  std::string name, title, x, x_label, y_label;
  std::vector<std::string> y, by;
  std::optional<Expression> where;
  Scale x_scale = Scale::kLinear, y_scale = Scale::kLinear;
  PlotKind kind = PlotKind::kAuto;
  std::vector<Mark> marks;
};

enum class ClaimKind : uint8_t { kEach, kOrder, kKnee, kTrue };

struct Claim {
  std::string name, text, source;  // source: what it was judged by, as it was written
  std::optional<Expression> where;
  ClaimKind kind = ClaimKind::kTrue;
  bool is_quick = true, is_host = false;

  Expression value;                    // of kEach, kTrue and kOrder; y of kKnee
  std::vector<Expression> of;          // kOrder
  std::vector<std::string> of_texts;
  std::vector<std::string> relations;  // one for each step from one condition to the next
  double times = 1;                    // kOrder: at least this factor; kKnee: leaves the level by it
  std::optional<std::vector<std::string>> match;
  std::string x;                       // kKnee
  Expression expect;
  double tolerance = 0;
  std::vector<std::string> by;
};

struct Question {
  std::string name, text;
  Expression answer;
  double tolerance = 0;
  std::vector<std::string> choices;
};

struct Slide {
  std::string says;
  Template measured, holds;
};

struct Lab {
  std::string name, folder, file;  // file: lab.json, as messages name it
  std::string title, question, prediction;
  double minutes = 0;
  Guest guest;
  MachinePart machine;
  std::vector<Parameter> parameters;
  std::vector<Expression> only;
  std::vector<Assignments> points;
  bool has_product = true;
  std::vector<Column> columns;
  std::vector<Plot> plots;
  std::vector<Claim> claims;
  std::vector<Question> questions;
  std::vector<Slide> slides;
  std::vector<std::string> guests;  // its variants

  [[nodiscard]] const Parameter* parameter(const std::string& name) const;
  [[nodiscard]] const Column* column(const std::string& name) const;
  // "name, in unit" for axes and heads.
  [[nodiscard]] std::string label(const std::string& name) const;
  [[nodiscard]] std::string unit(const std::string& name) const;
};

}  // namespace rvx::cli::lab
