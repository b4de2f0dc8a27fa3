// Answers to a lab's questions: guesses before a run, answers that are graded after it.
#pragma once

#include <string>
#include <vector>

#include "cli/lab/results.hpp"

namespace rvx::cli::lab {

struct Guess {
  std::string name, text, answer;
  std::string measured;  // empty where there is nothing to compare with
  bool is_right = false;
};
using Guesses = std::vector<Guess>;

// The questions that are asked before a run: the lab's, or its prediction as one without a measured answer.
[[nodiscard]] std::vector<Question> asked_questions(const Lab& lab);

// Whether `answer` can be one: a number, or one of the choices.
[[nodiscard]] Outcome check_answer(const Question& question, const std::string& answer);

// Each answer beside what was measured. Fails where an answer of the lab has no value.
[[nodiscard]] Result<Guesses> compare_answers(const Results& results, const std::vector<std::pair<std::string, std::string>>& answers);

// Guesses are kept from `predict` to `run`, a file for each lab in `folder`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> kept_guesses(const std::string& folder, const std::string& lab);
[[nodiscard]] Outcome keep_guesses(const std::string& folder, const std::string& lab, const std::vector<std::pair<std::string, std::string>>& answers);

}  // namespace rvx::cli::lab
