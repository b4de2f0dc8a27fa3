// Judges a lab's claims by its results.
#pragma once

#include <string>
#include <vector>

#include "cli/lab/results.hpp"

namespace rvx::cli::lab {

enum class Verdict : uint8_t { kHolds, kFails, kNotApplicable };

struct Judgement {
  Verdict verdict = Verdict::kFails;
  std::string summary;               // one line: how many points, which figures
  std::vector<std::string> figures;  // points that decided, a line each; those against the claim first
};

// One for each claim. Fails with 126 where a claim speaks of what no run gave.
[[nodiscard]] Result<std::vector<Judgement>> judge(const Results& results);

[[nodiscard]] const char* verdict_text(Verdict verdict);
// How many of those that decide the status have failed.
[[nodiscard]] size_t failed_claims(const Results& results, const std::vector<Judgement>& judgements);

}  // namespace rvx::cli::lab
