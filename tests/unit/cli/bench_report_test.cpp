// What follows from a benchmark's runs: medians, ratios, means, and who is wrong.
#include "cli/bench_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/bench_samples.hpp"

namespace rvx::cli {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(BenchReport, MedianIsTheMiddleValueOrBetweenTheTwoMiddleOnes) {
  EXPECT_EQ(median_of({}), 0);
  EXPECT_EQ(median_of({3}), 3);
  EXPECT_EQ(median_of({9, 1, 5}), 5);
  EXPECT_EQ(median_of({9, 1, 5, 2}), 3.5);
}

TEST(BenchReport, GeometricMeanIsTheRootOfTheProduct) {
  EXPECT_EQ(geometric_mean({}), 1);
  const double values[] = {1, 10, 100};
  EXPECT_NEAR(geometric_mean(values), 10, 1e-9);
  const double two[] = {0.5, 8};
  EXPECT_NEAR(geometric_mean(two), 2, 1e-9);
}

TEST(BenchReport, SpreadIsHalfTheRangeAsAShareOfTheMedian) {
  const BenchRow row = row_of("fib", {{2.0, 1.8, 2.4}});
  const auto summary = summary_of(row, 0);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->runs, 3u);
  EXPECT_EQ(summary->median, 2.0);
  EXPECT_EQ(summary->low, 1.8);
  EXPECT_EQ(summary->high, 2.4);
  EXPECT_NEAR(summary->spread, 0.15, 1e-9);
}

TEST(BenchReport, OneFailedRunLeavesNoMedian) {
  BenchRow row = row_of("fib", {{2.0, 2.0}});
  row.samples[0][1].failure = "it ended with status 1";
  EXPECT_FALSE(summary_of(row, 0));
  EXPECT_EQ(failure_of(row, 0), "it ended with status 1");
}

TEST(BenchReport, WhatWasNotRunIsNeitherAMedianNorAFailure) {
  const BenchRow row = row_of("fib", {{}});
  EXPECT_FALSE(summary_of(row, 0));
  EXPECT_FALSE(summary_of(row, 7));
  EXPECT_EQ(failure_of(row, 0), "");
}

TEST(BenchReport, RatiosAreToNativeAndOfOtherEmulatorsToEachEngineOfRvx) {
  const BenchReport report = three_engines();
  std::vector<std::string> names;
  for (const BenchRatio& ratio : ratios_of(report)) names.push_back(ratio.name(report));
  EXPECT_THAT(names, ElementsAre("interp/native", "qemu/native", "qemu/interp"));
}

TEST(BenchReport, RatioIsOfMedians) {
  const BenchReport report = three_engines();
  const BenchRow row = row_of("fib", {{1, 1, 9}, {4, 5, 6}, {10, 10, 1}});
  EXPECT_EQ(ratio_of(row, ratios_of(report)[0]), 5);
  EXPECT_EQ(ratio_of(row, ratios_of(report)[2]), 2);
  EXPECT_FALSE(ratio_of(row_of("fib", {{1}, {}, {2}}), ratios_of(report)[0]));
}

TEST(BenchReport, MeansCountEachGroupsProgramsThatBelongToItsMean) {
  BenchReport report = three_engines();
  report.rows = {row_of("a", {{1}, {2}, {8}}), row_of("b", {{1}, {8}, {8}}),
                 row_of("c", {{1}, {99}, {99}}), row_of("d", {{1}, {3}, {6}})};
  report.rows[2].program.in_mean = false;
  report.rows[3].program.group = "os";
  const auto means = means_of(report);
  ASSERT_EQ(means.size(), 2u);
  EXPECT_EQ(means[0].group, "user");
  EXPECT_EQ(means[0].programs, 2u);
  EXPECT_THAT(*means[0].ratios[0], DoubleNear(4, 1e-9));
  EXPECT_THAT(*means[0].ratios[1], DoubleNear(8, 1e-9));
  EXPECT_THAT(*means[0].ratios[2], DoubleNear(2, 1e-9));
  EXPECT_EQ(means[1].group, "os");
  EXPECT_THAT(*means[1].ratios[2], DoubleNear(2, 1e-9));
}

TEST(BenchReport, MeansLeaveOutProgramsThatFailedOrDisagree) {
  BenchReport report = three_engines();
  report.rows = {row_of("a", {{1}, {2}, {8}}), row_of("b", {{1}, {8}, {8}}),
                 row_of("c", {{1}, {8}, {8}})};
  report.rows[1].samples[2][0].failure = "not done after 300 s";
  report.rows[2].samples[0][0].checksum = "1";
  report.rows[2].samples[1][0].checksum = "2";
  const auto means = means_of(report);
  ASSERT_EQ(means.size(), 1u);
  EXPECT_EQ(means[0].programs, 1u);
  EXPECT_EQ(means[0].left_out, 2u);
  EXPECT_THAT(*means[0].ratios[0], DoubleNear(2, 1e-9));
}

TEST(BenchReport, AProgramWithoutNativeTwinCountsInTheOtherRatios) {
  BenchReport report = three_engines();
  report.rows = {row_of("a", {{1}, {2}, {8}}), row_of("b", {{}, {2}, {2}})};
  const auto means = means_of(report);
  ASSERT_EQ(means.size(), 1u);
  EXPECT_EQ(means[0].programs, 2u);
  EXPECT_EQ(means[0].without_twin, 1u);
  EXPECT_THAT(*means[0].ratios[0], DoubleNear(2, 1e-9));
  EXPECT_THAT(*means[0].ratios[2], DoubleNear(2, 1e-9));
}

TEST(BenchReport, ChecksumsThatDifferAreToldWithTheirEngines) {
  const BenchReport report = three_engines();
  BenchRow row = row_of("fib", {{1, 1}, {2, 2}, {3, 3}});
  EXPECT_EQ(disagreement_of(report, row), "");
  for (auto& samples : row.samples)
    for (BenchSample& sample : samples) sample.checksum = "5eed";
  EXPECT_EQ(disagreement_of(report, row), "");
  row.samples[1][1].checksum = "bad";
  EXPECT_EQ(disagreement_of(report, row), "5eed on native, interp, qemu, bad on interp");
}

TEST(BenchReport, AFailedRunsChecksumCountsForNothing) {
  const BenchReport report = three_engines();
  BenchRow row = row_of("fib", {{1}, {2}, {3}});
  row.samples[0][0].checksum = "5eed";
  row.samples[2][0].checksum = "bad";
  row.samples[2][0].failure = "it ended with status 1";
  EXPECT_EQ(disagreement_of(report, row), "");
}

TEST(BenchReport, OutputThatVariesOnOneEngineIsNotCompared) {
  const BenchReport report = three_engines();
  BenchRow row = row_of("clock", {{1, 1}, {2, 2}, {3, 3}});
  row.samples[0][0].checksum = "output-1";
  row.samples[0][1].checksum = "output-1";
  row.samples[1][0].checksum = "output-2";
  row.samples[1][1].checksum = "output-2";
  EXPECT_FALSE(has_varying_output(row));
  EXPECT_NE(disagreement_of(report, row), "");
  row.samples[1][1].checksum = "output-3";
  EXPECT_TRUE(has_varying_output(row));
  EXPECT_EQ(disagreement_of(report, row), "");
}

TEST(BenchReport, ProblemsNameProgramEngineAndReason) {
  BenchReport report = three_engines();
  report.rows = {row_of("a", {{1}, {2}, {8}}), row_of("b", {{1}, {8}, {8}})};
  EXPECT_THAT(problems_of(report), ElementsAre());
  report.rows[0].samples[2][0].failure = "it did not boot";
  report.rows[1].samples[0][0].checksum = "1";
  report.rows[1].samples[1][0].checksum = "2";
  EXPECT_THAT(problems_of(report), ElementsAre("a: failed on qemu: it did not boot",
                                               HasSubstr("b: WRONG, results differ: 1 on native")));
}

}  // namespace
}  // namespace rvx::cli
