// Runs cases one after the other until a limit, and explains what fails.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/fuzz/lockstep.hpp"

namespace rvx::fuzz {

struct CampaignPlan {
  uint64_t seed = 1;
  uint64_t first_case = 0;
  uint64_t cases = ~uint64_t{0};
  std::function<bool()> is_over;                   // asked between cases; null: never
  std::function<void(uint64_t done)> on_progress;  // null: nobody is told
  uint64_t most_failures = 1;                      // then it ends
  unsigned observed_share = 8;                     // one case of so many is observed for coverage
  unsigned shrink_runs = 4000;
};

struct FailedCase {
  uint64_t number = 0;
  size_t nodes_before = 0, nodes_after = 0;
  std::string text;  // the shrunk case and where it differs
};

struct CampaignResult {
  uint64_t cases = 0;
  uint64_t instructions = 0;
  std::vector<FailedCase> failures;
  uint64_t left_open = 0;  // cases that differ where the manual lets them
  Coverage coverage;
};

[[nodiscard]] CampaignResult run_campaign(const CampaignPlan& plan, const EnginePair& pair);

}  // namespace rvx::fuzz
