// Keeps, reads and grades answers.
#include "cli/lab/guesses.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "cli/output_file.hpp"

namespace rvx::cli::lab {
namespace {

std::optional<double> read_number(const std::string& text) {
  double n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(n)) return std::nullopt;
  return n;
}

bool is_right(const Question& question, const std::string& answer, const Value& value) {
  if (const std::string* text = word(value)) return *text == answer;
  const std::optional<double> n = read_number(answer);
  return n && number(value) != nullptr && std::abs(*n - *number(value)) <= question.tolerance * std::abs(*number(value));
}

std::string path_of(const std::string& folder, const std::string& lab) { return fmt::format("{}/{}.guess", folder, lab); }

}  // namespace

std::vector<Question> asked_questions(const Lab& lab) {
  if (!lab.questions.empty()) return lab.questions;
  return {Question{"prediction", lab.prediction, {}, 0, {}}};
}

Outcome check_answer(const Question& question, const std::string& answer) {
  if (!question.choices.empty()) {
    if (std::find(question.choices.begin(), question.choices.end(), answer) != question.choices.end()) return std::monostate{};
    return usage_error(fmt::format("{}: '{}'; allowed: {}", question.name, answer, fmt::join(question.choices, ", ")));
  }
  if (question.name == "prediction" || read_number(answer)) return std::monostate{};
  return usage_error(fmt::format("{}: '{}'; allowed: a number", question.name, answer));
}

Result<Guesses> compare_answers(const Results& results, const std::vector<std::pair<std::string, std::string>>& answers) {
  const ResultScopes scopes(results);
  Guesses all;
  for (const auto& [name, answer] : answers) {
    const auto found = std::find_if(results.lab.questions.begin(), results.lab.questions.end(), [&](const Question& one) { return one.name == name; });
    if (found == results.lab.questions.end()) {
      all.push_back({name, results.lab.prediction, answer, "", false});
      continue;
    }
    const Value value = evaluate(found->answer, scopes.all());
    if (const Missing* none = missing(value); none != nullptr && none->is_mistake()) return mistake(results, "questions." + name, *none);
    all.push_back({name, found->text, answer, missing(value) != nullptr ? "" : value_text(value), is_right(*found, answer, value)});
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> kept_guesses(const std::string& folder, const std::string& lab) {
  std::vector<std::pair<std::string, std::string>> answers;
  std::ifstream file(path_of(folder, lab));
  for (std::string line; std::getline(file, line);)
    if (const size_t space = line.find(' '); space != std::string::npos) answers.emplace_back(line.substr(0, space), line.substr(space + 1));
  return answers;
}

Outcome keep_guesses(const std::string& folder, const std::string& lab, const std::vector<std::pair<std::string, std::string>>& answers) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::string text;
  for (const auto& [name, answer] : answers) text += fmt::format("{} {}\n", name, one_line(answer));
  return write_output("the guess", path_of(folder, lab), text);
}

}  // namespace rvx::cli::lab
