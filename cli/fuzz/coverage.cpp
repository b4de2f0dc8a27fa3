// Prints coverage for people and as JSON.
#include "cli/fuzz/coverage.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cpu/hart.hpp"

namespace rvx::fuzz {
namespace {

std::string trap_name(unsigned code, bool is_interrupt) {
  return cause_text(code | (is_interrupt ? cause::kInterruptFlag : 0));
}

// Rows that can be reached: all but the one that stands for illegal encodings.
std::vector<std::string> rows_without(const Coverage& coverage) {
  std::vector<std::string> names;
  for (unsigned i = 1; i < isa::kOpCount; ++i)
    if (coverage.rows[i] == 0) names.emplace_back(isa::info(static_cast<isa::Op>(i)).name);
  return names;
}

void add_counts(Counts& to, const Counts& from) {
  for (const auto& [name, count] : from) to[name] += count;
}

}  // namespace

void Coverage::add(const Coverage& other) {
  for (size_t i = 0; i < rows.size(); ++i) rows[i] += other.rows[i];
  for (size_t i = 0; i < modes.size(); ++i) modes[i] += other.modes[i];
  for (size_t i = 0; i < exceptions.size(); ++i) {
    exceptions[i] += other.exceptions[i];
    interrupts[i] += other.interrupts[i];
  }
  observed += other.observed;
  add_counts(stops, other.stops);
  for (size_t i = 0; i < engines.size(); ++i) add_counts(engines[i], other.engines[i]);
}

std::string Coverage::packed() const {
  const nlohmann::json all = {rows, modes, observed, exceptions, interrupts, stops, engines};
  return all.dump();
}

Coverage Coverage::unpacked(const std::string& text) {
  const nlohmann::json all = nlohmann::json::parse(text);
  Coverage c;
  all.at(0).get_to(c.rows);
  all.at(1).get_to(c.modes);
  all.at(2).get_to(c.observed);
  all.at(3).get_to(c.exceptions);
  all.at(4).get_to(c.interrupts);
  all.at(5).get_to(c.stops);
  all.at(6).get_to(c.engines);
  return c;
}

std::string Coverage::text() const {
  std::string text;
  const std::vector<std::string> never = rows_without(*this);
  text += fmt::format("rows executed: {} of {} (in {} observed cases; illegal encodings: {})\n",
                      isa::kOpCount - 1 - never.size(), isa::kOpCount - 1, observed, rows[0]);
  if (!never.empty()) text += fmt::format("never executed: {}\n", fmt::join(never, " "));
  text += fmt::format("instructions in M {}, S {}, U {}\n", modes[3], modes[1], modes[0]);
  text += "traps:\n";
  for (unsigned i = 0; i < exceptions.size(); ++i)
    if (exceptions[i] != 0)
      text += fmt::format("  {:>10}  {}\n", exceptions[i], trap_name(i, false));
  for (unsigned i = 0; i < interrupts.size(); ++i)
    if (interrupts[i] != 0)
      text += fmt::format("  {:>10}  {}\n", interrupts[i], trap_name(i, true));
  text += "stops:\n";
  for (const auto& [name, count] : stops) text += fmt::format("  {:>10}  {}\n", count, name);
  for (size_t i = 0; i < engines.size(); ++i) {
    if (engines[i].empty()) continue;
    text += fmt::format("engine {}:\n", i + 1);
    for (const auto& [name, count] : engines[i]) text += fmt::format("  {:>10}  {}\n", count, name);
  }
  return text;
}

std::string Coverage::json() const {
  nlohmann::json all;
  for (unsigned i = 1; i < isa::kOpCount; ++i)
    all["rows"][std::string(isa::info(static_cast<isa::Op>(i)).name)] = rows[i];
  all["illegal_encodings"] = rows[0];
  all["observed_cases"] = observed;
  all["instructions_by_mode"] = {{"M", modes[3]}, {"S", modes[1]}, {"U", modes[0]}};
  for (unsigned i = 0; i < exceptions.size(); ++i) {
    if (exceptions[i] != 0) all["exceptions"][trap_name(i, false)] = exceptions[i];
    if (interrupts[i] != 0) all["interrupts"][trap_name(i, true)] = interrupts[i];
  }
  all["stops"] = stops;
  all["engines"] = engines;
  return all.dump(2) + "\n";
}

}  // namespace rvx::fuzz
