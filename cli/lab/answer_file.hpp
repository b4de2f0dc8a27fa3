// Answer files: what a student hands in, and how it is graded.
//
// Lines `name = value`, comments from # on. `lab` and perhaps `student` stand beside the answers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/lab/results.hpp"

namespace rvx::cli::lab {

struct AnswerFile {
  std::string path, lab, student;
  std::vector<std::pair<std::string, std::string>> answers;
};

[[nodiscard]] Result<AnswerFile> read_answer_file(const std::string& path);
[[nodiscard]] Result<AnswerFile> parse_answers(const std::string& path, std::string_view text);

struct Grades {
  std::string text;  // a line for each question of the lab
  bool is_all_right = false;
};
// Fails where the file answers what the lab does not ask.
[[nodiscard]] Result<Grades> grade(const AnswerFile& file, const Results& results);

[[nodiscard]] std::string question_names(const std::vector<Question>& questions);

}  // namespace rvx::cli::lab
