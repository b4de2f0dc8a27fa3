// Seeded runs: each pair of engines agrees on all state, and the programs reach what they are for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/fuzz/campaign.hpp"
#include "cli/fuzz/generator.hpp"
#include "cli/fuzz/shrink.hpp"

namespace rvx::fuzz {
namespace {

EnginePair pair_of(std::string_view first, std::string_view second) {
  return {*find_engine(first), *find_engine(second)};
}

CampaignResult run(std::string_view first, std::string_view second, uint64_t cases,
                   unsigned observed_share) {
  CampaignPlan plan;
  plan.cases = cases;
  plan.observed_share = observed_share;
  return run_campaign(plan, pair_of(first, second));
}

void expect_no_difference(const CampaignResult& result) {
  for (const FailedCase& failed : result.failures) ADD_FAILURE() << failed.text;
}

TEST(EnginesAgree, InterpreterAndSingleSteps) {
  expect_no_difference(run("interp", "steps", 600, 0));
}

TEST(EnginesAgree, InterpreterWhoseCodeCacheOverflows) {
  const CampaignResult result = run("interp-tiny", "interp", 600, 0);
  expect_no_difference(result);
  EXPECT_GT(result.coverage.engines[0].at("cache flushes"), 0u);
}

CampaignResult run_jit(const JitChoice& choice, uint64_t seed, uint64_t cases) {
  CampaignPlan plan;
  plan.seed = seed;
  plan.cases = cases;
  plan.observed_share = 0;
  return run_campaign(plan, {*find_engine("interp"), with_jit(*find_engine("jit"), choice)});
}

TEST(EnginesAgree, JitThatTranslatesAtTheFirstRun) {
  expect_no_difference(run_jit({.threshold = 1}, 11, 800));
}

TEST(EnginesAgree, JitThatTranslatesAtTheSecondRun) {
  expect_no_difference(run_jit({.threshold = 2}, 12, 800));
}

TEST(EnginesAgree, JitWithRoomForLittleCode) {
  const CampaignResult result = run_jit({.code_bytes = size_t{16} << 10}, 13, 900);
  expect_no_difference(result);
  EXPECT_GT(result.coverage.engines[1].at("translations flushed"), 100u);
}

TEST(EnginesAgree, JitWithWindows) {
  const CampaignResult result = run("steps", "jit-window", 600, 0);
  expect_no_difference(result);
  EXPECT_GT(result.coverage.engines[1].at("mappings made in windows"), 1000u);
  EXPECT_GT(result.coverage.engines[1].at("stops with a window for the upper half"), 50u);
}

// Every counter of the model, cycles by cause among them: all accesses seen, or only those that the filter leaves.
TEST(EnginesAgree, ModelThatSeesEveryAccessAndModelBehindItsFilter) {
  expect_no_difference(run("interp-model", "jit-model", 1000, 0));
}

// Thresholds as cases have them, so that there are regions of many blocks, and all ways out of them.
TEST(EnginesAgree, JitWithAllOperationsAndAllWaysOut) {
  const CampaignResult result = run_jit({.reports = true}, 14, 1500);
  expect_no_difference(result);
  const std::set<std::string> unused = {
      "slow shared check: exception",  // leaves the region, and the interpreter raises it
      "IR: Event",                     // nobody observes these machines
      "slow line", "slow line: exception", "slow line: left",  // of a model's
  };
  for (const auto& [name, count] : result.coverage.engines[1]) {
    const bool is_of_jit = name.starts_with("IR: ") || name.starts_with("way: ") || name.starts_with("slow ");
    EXPECT_EQ(is_of_jit && count == 0, unused.contains(name)) << name;
  }
}

TEST(FuzzPrograms, ReachNearlyAllRowsAllTrapsAndAllStops) {
  const Coverage& coverage = run("interp", "interp", 500, 1).coverage;
  const auto reached =
      std::count_if(coverage.rows.begin(), coverage.rows.end(), [](uint64_t n) { return n != 0; });
  EXPECT_GE(reached, isa::kOpCount - 8);
  for (const unsigned code : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15})
    EXPECT_GT(coverage.exceptions[code], 0u) << code;
  for (const unsigned code : {1, 3, 5, 7, 9, 11}) EXPECT_GT(coverage.interrupts[code], 0u) << code;
  for (const unsigned priv : {0, 1, 3}) EXPECT_GT(coverage.modes[priv], 1000u) << priv;
  for (const char* stop : {"end of slice", "exit asked for", "timer or device", "wfi", "wrs"})
    EXPECT_TRUE(coverage.stops.contains(stop)) << stop;
}

TEST(FuzzPrograms, AreEqualForOneSeedAndDifferForAnother) {
  EXPECT_EQ(description(make_case(3, 14)), description(make_case(3, 14)));
  EXPECT_NE(description(make_case(3, 14)), description(make_case(4, 14)));
  EXPECT_NE(description(make_case(3, 14)), description(make_case(3, 15)));
}

}  // namespace
}  // namespace rvx::fuzz
