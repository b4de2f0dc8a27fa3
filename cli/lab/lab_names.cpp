// Checks the names in a lab before anything runs: who knows them, and whether they may stand there.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/lab/lab_parts.hpp"

namespace rvx::cli::lab {
namespace {

class Names {
 public:
  Names(const Lab& lab, Problems& problems) : lab_(lab), problems_(problems) {}

  // How much an expression may speak of.
  struct Reach {
    bool has_columns = true;
    bool has_sources = true;
    bool has_host = false;
  };

  template <class What>
  void check(const What& what, const std::string& where, Reach reach) {
    std::vector<Use> uses;
    each_use(what, uses);
    for (const Use& use : uses) {
      if (problems_.any()) return;
      if (use.is_source) {
        check_source(use, where, reach);
      } else {
        check_name(use.text, where, reach);
      }
    }
  }

  // Only a parameter.
  void parameter(const std::string& name, const std::string& where) {
    if (lab_.parameter(name) == nullptr) problems_.add(where, fmt::format("no parameter is called '{}'; there are {}", name, known(false)));
  }
  void parameter_or_column(const std::string& name, const std::string& where, Reach reach) { check_name(name, where, reach); }

  size_t columns_so_far = 0;  // only these are known to each column

 private:
  void check_source(const Use& use, const std::string& where, Reach reach) {
    if (!reach.has_sources) problems_.add(where, fmt::format("{} is not known before a run; allowed: parameters", source_text(use.text, use.key)));
    if (use.text == "host" && !reach.has_host) problems_.add(where, fmt::format("{} may stand only where \"host\" is true", source_text(use.text, use.key)));
  }

  void check_name(const std::string& name, const std::string& where, Reach reach) {
    if (lab_.parameter(name) != nullptr) return;
    const Column* column = lab_.column(name);
    const auto place = column == nullptr ? lab_.columns.size() : static_cast<size_t>(column - lab_.columns.data());
    if (!reach.has_columns || place >= columns_so_far)
      return problems_.add(where, fmt::format("unknown name '{}'; there are {}", name, known(reach.has_columns)));
    if (column->is_host && !reach.has_host) problems_.add(where, fmt::format("{} is host time; it may stand only where \"host\" is true", name));
  }

  [[nodiscard]] std::string known(bool with_columns) const {
    std::string all;
    for (const Parameter& one : lab_.parameters) all += (all.empty() ? "" : ", ") + one.name;
    for (size_t i = 0; with_columns && i < columns_so_far; ++i) all += (all.empty() ? "" : ", ") + lab_.columns[i].name;
    return all.empty() ? "none" : all;
  }

  const Lab& lab_;
  Problems& problems_;
};

void each_template(const Lab& lab, const std::function<void(const Template&, const std::string&)>& f) {
  f(lab.guest.program, "guest.program");
  for (const Template& one : lab.guest.arguments) f(one, "guest.arguments");
  for (const Template& one : lab.guest.boot) f(one, "guest.boot");
  f(lab.machine.harts, "machine.harts");
  f(lab.machine.memory, "machine.memory");
  f(lab.machine.model, "machine.model");
  f(lab.machine.engine, "machine.engine");
  for (const auto& [key, value] : lab.machine.overrides)
    if (value) f(*value, "machine.overrides." + key);
  if (lab.machine.disk) f(lab.machine.disk->latency, "machine.disk.latency");
  for (const Template& one : lab.machine.options) f(one, "machine.options");
}

void check_claim(const Claim& claim, Names& names) {
  const std::string where = "claims." + claim.name;
  const Names::Reach reach{.has_host = claim.is_host};
  if (claim.where) names.check(*claim.where, where + ".where", reach);
  names.check(claim.value, where, reach);
  for (const Expression& one : claim.of) names.check(one, where + ".order.of", reach);
  for (const std::string& one : claim.match.value_or(std::vector<std::string>{})) names.parameter(one, where + ".order.match");
  if (claim.kind != ClaimKind::kKnee) return;
  names.parameter_or_column(claim.x, where + ".knee.x", reach);
  names.check(claim.expect, where + ".knee.expect", reach);
  for (const std::string& one : claim.by) names.parameter(one, where + ".knee.by");
}

void check_plot(const Plot& plot, Names& names) {
  const std::string where = "plots." + plot.name;
  const Names::Reach reach{.has_host = true};
  names.parameter_or_column(plot.x, where + ".x", reach);
  for (const std::string& one : plot.y) names.parameter_or_column(one, where + ".y", reach);
  for (const std::string& one : plot.by) names.parameter(one, where + ".by");
  if (plot.where) names.check(*plot.where, where + ".where", reach);
  for (const Mark& mark : plot.marks) names.check(mark.x, where + ".marks", reach);
}

}  // namespace

void check_names(const Lab& lab, Problems& problems) {
  Names names(lab, problems);
  std::set<std::string> placed;
  each_template(lab, [&](const Template& one, const std::string& where) {
    names.check(one, where, {.has_columns = false, .has_sources = false});
    std::vector<Use> uses;
    each_use(one, uses);
    for (const Use& use : uses) placed.insert(use.text);
  });
  for (const Parameter& one : lab.parameters)
    if (!placed.contains(one.name)) problems.add("parameters." + one.name, fmt::format("goes nowhere; allowed: {{{}}} in guest or machine", one.name));
  for (const Expression& one : lab.only) names.check(one, "sweep.only", {.has_columns = false, .has_sources = false});
  for (const Column& one : lab.columns) {
    if (lab.parameter(one.name) != nullptr) problems.add("columns." + one.name, "is a parameter's name");
    names.check(one.value, "columns." + one.name, {.has_host = one.is_host});
    ++names.columns_so_far;
  }
  for (const Plot& one : lab.plots) check_plot(one, names);
  for (const Claim& one : lab.claims) check_claim(one, names);
  for (const Question& one : lab.questions) names.check(one.answer, "questions." + one.name, {});
  for (const Slide& one : lab.slides) {
    names.check(one.measured, "slides", {});
    names.check(one.holds, "slides", {});
  }
}

}  // namespace rvx::cli::lab
