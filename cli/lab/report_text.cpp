// Writes a lab's results as lines.
#include "cli/lab/report_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rvx::cli::lab {
namespace {

constexpr size_t kMostOfOneReason = 8;

// Code points, so that columns stay straight behind other letters than ASCII's.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool to_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_right ? blanks + text : text + blanks;
}

struct TextTable {
  std::vector<std::vector<std::string>> rows;  // the first are heads
  std::vector<bool> to_right;
};

std::string lines_of(const TextTable& table) {
  std::vector<size_t> widths(table.to_right.size(), 0);
  for (const auto& row : table.rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string all;
  for (const auto& row : table.rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : "  ") + padded(row[i], widths[i], table.to_right[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  }
  return all;
}

std::string table_text(const Results& results) {
  TextTable table;
  std::vector<std::string> heads, units;
  const std::vector<std::string> names = table_names(results.lab);
  bool has_units = false;
  for (const std::string& name : names) {
    heads.push_back(name);
    units.push_back(results.lab.unit(name));
    has_units = has_units || !units.back().empty();
    const Value first = results.points.empty() ? Value{0.0} : results.value(0, name);
    table.to_right.push_back(word(first) == nullptr);
  }
  table.rows.push_back(std::move(heads));
  if (has_units) table.rows.push_back(std::move(units));
  std::vector<std::pair<std::string, std::vector<size_t>>> reasons;  // with the points of each
  for (size_t i = 0; i < results.points.size(); ++i) {
    std::vector<std::string> row;
    for (const std::string& name : names) row.push_back(cell_text(results, i, name));
    table.rows.push_back(std::move(row));
    if (results.points[i].is_ok()) continue;
    const std::string& why = results.points[i].failure;
    auto reason = std::find_if(reasons.begin(), reasons.end(), [&](const auto& one) { return one.first == why; });
    if (reason == reasons.end()) reason = reasons.insert(reasons.end(), {why, {}});
    reason->second.push_back(i);
  }
  std::string failures;
  for (const auto& [why, points] : reasons) {
    for (size_t k = 0; k < std::min(points.size(), kMostOfOneReason); ++k)
      failures += fmt::format("failed: {}: {}\n", point_text(results.lab, results.sweep.points[points[k]]), why);
    if (points.size() > kMostOfOneReason) failures += fmt::format("failed: {} more for the same reason\n", points.size() - kMostOfOneReason);
  }
  return lines_of(table) + (failures.empty() ? "" : "\n" + failures);
}

std::string claims_text(const Results& results, const std::vector<Judgement>& judgements) {
  std::string text;
  for (size_t i = 0; i < judgements.size(); ++i) {
    const Claim& claim = results.lab.claims[i];
    const Judgement& judgement = judgements[i];
    text += fmt::format("{:<14}  {}: {}{}\n", verdict_text(judgement.verdict), claim.name, claim.text, claim.is_host ? " (on this host)" : "");
    text += fmt::format("{:<14}  {}\n", "", judgement.summary);
    const size_t most = judgement.verdict == Verdict::kFails ? judgement.figures.size() : std::min<size_t>(1, judgement.figures.size());
    for (size_t k = 0; k < most; ++k) text += fmt::format("{:<14}    {}\n", "", judgement.figures[k]);
  }
  return text;
}

}  // namespace

std::vector<std::string> table_names(const Lab& lab) {
  std::vector<std::string> names;
  for (const Parameter& one : lab.parameters) names.push_back(one.name);
  for (const Column& one : lab.columns)
    if (!one.is_hidden) names.push_back(one.name);
  return names;
}

std::string cell_text(const Results& results, size_t point, const std::string& name) {
  const Value value = results.value(point, name);
  const Column* column = results.lab.column(name);
  if (column != nullptr && !results.points[point].is_ok()) return "failed";
  if (column == nullptr || column->digits || number(value) == nullptr) return value_text(value, column == nullptr ? std::nullopt : column->digits);
  return short_number(*number(value));
}

std::vector<SlideText> slide_texts(const Results& results) {
  const ResultScopes scopes(results);
  const auto filled = [&](const Template& part) {
    const std::string text = fill_for_reader(part, scopes.all());
    return text.empty() ? "-" : text;
  };
  std::vector<SlideText> all;
  for (const Slide& slide : results.lab.slides) all.push_back({slide.says, filled(slide.measured), filled(slide.holds)});
  return all;
}

std::string text_report(const Results& results, const std::vector<Judgement>& judgements, const Guesses& guesses) {
  const Lab& lab = results.lab;
  std::string text = fmt::format("{}: {}\n{}\n\n{}", lab.name, lab.title, lab.question, table_text(results));
  if (!judgements.empty()) text += "\nClaims\n" + claims_text(results, judgements);
  if (!guesses.empty()) {
    text += "\nPredicted\n";
    for (const Guess& guess : guesses)
      text += fmt::format("  {}\n    guess: {}{}\n", guess.text, guess.answer, guess.measured.empty() ? "" : fmt::format("; measured: {}", guess.measured));
  }
  for (const SlideText& slide : slide_texts(results)) text += fmt::format("\nThe slide says  {}\nMeasured        {}\nHolds           {}\n", slide.says, slide.measured, slide.holds);
  return text;
}

}  // namespace rvx::cli::lab
