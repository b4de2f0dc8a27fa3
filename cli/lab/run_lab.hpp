// One run of a lab from its folder to results and verdicts.
#pragma once

#include <string>
#include <vector>

#include "cli/lab/claims.hpp"
#include "cli/lab/guesses.hpp"
#include "cli/lab/results.hpp"
#include "cli/stop_signals.hpp"

namespace rvx::cli::lab {

struct LabRequest {
  SweepChoice choice;
  std::string guest, engine = "jit", command_line;
  unsigned jobs = 1;
  bool is_fresh = false;
};

struct LabRun {
  Results results;
  std::vector<Judgement> judgements;
  Guesses guesses;

  // Claims and points that failed.
  [[nodiscard]] bool is_good() const { return results.failed() == 0 && failed_claims(results, judgements) == 0; }
};

// Measures, with progress on a terminal. Everything that can be wrong before a guest runs is found first:
// names, values, models, files.
[[nodiscard]] Result<LabRun> run_lab(const std::string& folder, const LabRequest& request, const StopSignals& signals);

[[nodiscard]] std::string kept_results_folder();
[[nodiscard]] std::string guesses_folder();

}  // namespace rvx::cli::lab
