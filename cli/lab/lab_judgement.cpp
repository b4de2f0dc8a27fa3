// Reads what lab.json makes of its results: columns, plots, claims, questions, slides.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/lab/lab_parts.hpp"

namespace rvx::cli::lab {
namespace {

constexpr std::string_view kRelations[] = {"<", "<=", ">", ">="};

Scale scale_of(Fields& fields, const char* key) {
  const std::string text = fields.text(key);
  if (text == "log") return Scale::kLog;
  if (text == "log2") return Scale::kLog2;
  if (!text.empty() && text != "linear") fields.complain(key, fmt::format("'{}'; allowed: linear, log, log2", text));
  return Scale::kLinear;
}

PlotKind kind_of(Fields& fields) {
  const std::string text = fields.text("kind");
  if (text == "line") return PlotKind::kLine;
  if (text == "bar") return PlotKind::kBar;
  if (text == "stacked") return PlotKind::kStacked;
  if (!text.empty()) fields.complain("kind", fmt::format("'{}'; allowed: line, bar, stacked", text));
  return PlotKind::kAuto;
}

std::string unique_name(Fields& fields, std::vector<std::string>& seen) {
  const std::string name = fields.text("name", true);
  if (!name.empty() && !is_name(name, true)) fields.complain("name", "allowed: small letters, digits, - and _");
  if (std::find(seen.begin(), seen.end(), name) != seen.end()) fields.complain("name", "stands twice");
  seen.push_back(name);
  return name;
}

void read_order(Fields& fields, Claim& claim) {
  claim.kind = ClaimKind::kOrder;
  fields.object("order", [&](Fields& order) {
    claim.source = order.text("value", true);
    claim.value = order.expression("value");
    claim.of_texts = order.texts("of");
    if (claim.of_texts.size() < 2) return order.complain("of", "allowed: two conditions or more");
    for (const std::string& text : claim.of_texts) {
      Result<Expression> read = parse_expression(text);
      if (!read) return order.complain("of", read.error().text);
      claim.of.push_back(std::move(*read));
    }
    claim.relations = order.texts("relation");
    const size_t steps = claim.of.size() - 1;
    if (claim.relations.size() == 1) claim.relations.resize(steps, claim.relations[0]);
    if (claim.relations.size() != steps) return order.complain("relation", fmt::format("allowed: one, or {} of <, <=, >, >=", steps));
    for (const std::string& relation : claim.relations)
      if (std::find(std::begin(kRelations), std::end(kRelations), relation) == std::end(kRelations))
        order.complain("relation", fmt::format("'{}'; allowed: <, <=, >, >=", relation));
    claim.times = order.number("times", 1, 1, 1e12);
    if (order.has("match")) claim.match = order.texts("match");
    (void)order.any("match");
  });
}

void read_knee(Fields& fields, Claim& claim) {
  claim.kind = ClaimKind::kKnee;
  fields.object("knee", [&](Fields& knee) {
    claim.x = knee.text("x", true);
    claim.source = knee.text("y", true);
    claim.value = knee.expression("y");
    claim.times = knee.number("times", 2, 1, 1e6);
    claim.expect = knee.expression("expect");
    claim.tolerance = knee.number("tolerance", 0, 0, 1);
    claim.by = knee.texts("by");
  });
}

}  // namespace

void read_columns(Fields& top, std::vector<Column>& columns) {
  top.members("columns", [&](const std::string& name, const Json& json, const std::string& where) {
    if (!is_name(name, false)) return top.problems().add(where, "allowed: a name of small letters, digits and _");
    const Json full = json.is_string() ? Json{{"value", json}} : json;
    Fields fields(full, where, top.problems());
    if (top.problems().any()) return;
    Column one;
    one.name = name;
    one.source = fields.text("value", true);
    one.value = fields.expression("value");
    one.text = fields.text("text");
    one.unit = fields.text("unit");
    if (fields.has("digits")) one.digits = static_cast<int>(fields.number("digits", 0, 0, 12));
    (void)fields.any("digits");
    one.is_host = fields.flag("host", false);
    one.is_hidden = fields.flag("hidden", false);
    fields.finish();
    columns.push_back(std::move(one));
  });
}

void read_plots(Fields& top, std::vector<Plot>& plots) {
  std::vector<std::string> seen;
  top.each("plots", [&](Fields& fields) {
    Plot one;
    one.name = unique_name(fields, seen);
    one.title = fields.text("title", true);
    one.x = fields.text("x", true);
    one.y = fields.texts("y");
    if (one.y.empty()) fields.complain("y", "is missing");
    one.by = fields.texts("by");
    one.where = fields.maybe_expression("where");
    one.x_scale = scale_of(fields, "x_scale");
    one.y_scale = scale_of(fields, "y_scale");
    one.x_label = fields.text("x_label");
    one.y_label = fields.text("y_label");
    one.kind = kind_of(fields);
    fields.each("marks", [&](Fields& mark) { one.marks.push_back({mark.expression("x"), mark.text("text")}); });
    plots.push_back(std::move(one));
  });
}

void read_claims(Fields& top, std::vector<Claim>& claims) {
  std::vector<std::string> seen;
  top.each("claims", [&](Fields& fields) {
    Claim one;
    one.name = unique_name(fields, seen);
    one.text = fields.text("text", true);
    one.where = fields.maybe_expression("where");
    one.is_quick = fields.flag("quick", true);
    one.is_host = fields.flag("host", false);
    const int kinds = int{fields.has("each")} + int{fields.has("order")} + int{fields.has("knee")} + int{fields.has("true")};
    if (kinds != 1) return fields.complain("each", "allowed: one of each, order, knee, true");
    if (fields.has("order")) return read_order(fields, one), claims.push_back(std::move(one));
    if (fields.has("knee")) return read_knee(fields, one), claims.push_back(std::move(one));
    const char* key = fields.has("each") ? "each" : "true";
    one.kind = fields.has("each") ? ClaimKind::kEach : ClaimKind::kTrue;
    one.source = fields.text(key, true);
    one.value = fields.expression(key);
    if (one.kind == ClaimKind::kTrue && one.where) fields.complain("where", "is not for true; its aggregates have conditions of their own");
    claims.push_back(std::move(one));
  });
}

void read_questions(Fields& top, std::vector<Question>& questions) {
  std::vector<std::string> seen;
  top.each("questions", [&](Fields& fields) {
    Question one;
    one.name = unique_name(fields, seen);
    one.text = fields.text("text", true);
    one.answer = fields.expression("answer");
    one.tolerance = fields.number("tolerance", 0, 0, 1);
    one.choices = fields.texts("choices");
    questions.push_back(std::move(one));
  });
}

void read_slides(Fields& top, std::vector<Slide>& slides) {
  top.each("slides", [&](Fields& fields) {
    slides.push_back({fields.text("says", true), fields.filled("measured", ""), fields.filled("holds", nullptr)});
  });
}

}  // namespace rvx::cli::lab
