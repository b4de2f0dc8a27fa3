// A lab's results for a terminal.
#pragma once

#include <string>
#include <vector>

#include "cli/lab/claims.hpp"
#include "cli/lab/guesses.hpp"
#include "cli/lab/results.hpp"

namespace rvx::cli::lab {

// Table, claims with figures, slides; guesses beside what was measured.
[[nodiscard]] std::string text_report(const Results& results, const std::vector<Judgement>& judgements, const Guesses& guesses);

// A slide, filled in; "-" where nothing was measured.
struct SlideText {
  std::string says, measured, holds;
};
[[nodiscard]] std::vector<SlideText> slide_texts(const Results& results);
// Values of columns and parameters as the reports show them.
[[nodiscard]] std::string cell_text(const Results& results, size_t point, const std::string& name);
// Which parameters and columns the table shows, in order.
[[nodiscard]] std::vector<std::string> table_names(const Lab& lab);

}  // namespace rvx::cli::lab
