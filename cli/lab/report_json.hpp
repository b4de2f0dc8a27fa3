// A lab's results as JSON: everything that was counted.
#pragma once

#include <string>
#include <vector>

#include "cli/lab/claims.hpp"
#include "cli/lab/results.hpp"

namespace rvx::cli::lab {

// Equal for equal guests on every machine and engine, but for the members "host" and "run".
[[nodiscard]] std::string json_report(const Results& results, const std::vector<Judgement>& judgements);

}  // namespace rvx::cli::lab
