// Reads and grades answer files.
#include "cli/lab/answer_file.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/lab/guesses.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli::lab {
namespace {

constexpr uint64_t kMaxFileBytes = 64 * 1024;

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string{} : std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

}  // namespace

Result<AnswerFile> parse_answers(const std::string& path, std::string_view text) {
  AnswerFile file;
  file.path = path;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string code = trimmed(line.substr(0, line.find('#')));
    if (code.empty()) continue;
    const size_t equals = code.find('=');
    if (equals == std::string::npos) return unusable_error(fmt::format("{}:{}: '{}'; allowed: name = value, # comment", path, number, code));
    const std::string name = trimmed(std::string_view(code).substr(0, equals)), value = trimmed(std::string_view(code).substr(equals + 1));
    const bool is_twice = std::any_of(file.answers.begin(), file.answers.end(), [&](const auto& one) { return one.first == name; });
    if (is_twice) return unusable_error(fmt::format("{}:{}: {} stands twice; allowed: once", path, number, name));
    if (name == "lab") {
      file.lab = value;
    } else if (name == "student") {
      file.student = value;
    } else {
      file.answers.emplace_back(name, value);
    }
  }
  if (file.lab.empty()) return unusable_error(fmt::format("{}: lab is missing; allowed: lab = NAME", path));
  return file;
}

Result<AnswerFile> read_answer_file(const std::string& path) {
  const auto file = FileBytes::open(path, kMaxFileBytes);
  if (!file) return file.error();
  const auto bytes = (*file)->bytes();
  return parse_answers(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string question_names(const std::vector<Question>& questions) {
  std::string all;
  for (const Question& one : questions) all += (all.empty() ? "" : ", ") + one.name;
  return all.empty() ? "none" : all;
}

Result<Grades> grade(const AnswerFile& file, const Results& results) {
  const std::vector<Question>& questions = results.lab.questions;
  if (questions.empty()) return unusable_error(fmt::format("{}: lab {} asks no questions", file.path, file.lab));
  for (const auto& [name, answer] : file.answers)
    if (std::none_of(questions.begin(), questions.end(), [&](const Question& one) { return one.name == name; }))
      return unusable_error(fmt::format("{}: {}: lab {} asks no such question; allowed: {}", file.path, name, file.lab, question_names(questions)));
  const Result<Guesses> compared = compare_answers(results, file.answers);
  if (!compared) return compared.error();
  Grades grades;
  size_t right = 0;
  for (const Question& question : questions) {
    const auto found = std::find_if(compared->begin(), compared->end(), [&](const Guess& one) { return one.name == question.name; });
    if (found == compared->end()) {
      grades.text += fmt::format("FAIL  {}: no answer\n", question.name);
      continue;
    }
    if (found->measured.empty()) return unusable_error(fmt::format("{}: questions.{}: has no answer at the points of this run", results.lab.file, question.name));
    right += found->is_right ? 1 : 0;
    grades.text += fmt::format("{}  {}: {}\n", found->is_right ? "pass" : "FAIL", question.name,
                               found->is_right ? found->answer : fmt::format("answered {}, measured {}", found->answer, found->measured));
  }
  grades.text += fmt::format("{} of {} right\n", right, questions.size());
  grades.is_all_right = right == questions.size();
  return grades;
}

}  // namespace rvx::cli::lab
