// How a benchmark's report is shown: table, JSON and chart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/bench_json.hpp"
#include "cli/bench_plot.hpp"
#include "cli/bench_table.hpp"
#include "tests/unit/cli/bench_samples.hpp"

namespace rvx::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

BenchReport two_programs() {
  BenchReport report = three_engines();
  report.facts = {{"host_processor", "some"}, {"runs", "3"}};
  report.rows = {row_of("fib", {{1, 1, 1}, {2, 2.2, 1.8}, {8, 8, 8}}),
                 row_of("strings", {{10, 10, 10}, {80, 80, 80}, {40, 40, 40}})};
  report.rows[1].program.description = "words & <tags>";
  return report;
}

TEST(BenchTable, MediansSpreadsRatiosAndMeansStandInColumns) {
  EXPECT_EQ(table_text(two_programs()),
            "by hand\n"
            "\n"
            "                   native s         interp s          qemu s         interp/native"
            "  qemu/native  qemu/interp\n"
            "fib                   1.000  ±0.0%     2.000   ±10%    8.000  ±0.0%          2.00x"
            "        8.00x        4.00x\n"
            "strings               10.00  ±0.0%     80.00  ±0.0%    40.00  ±0.0%          8.00x"
            "        4.00x        0.50x\n"
            "mean of user (2)                                                             4.00x"
            "        5.66x        1.41x\n");
}

TEST(BenchTable, WrongRowsAndFailedEnginesAreMarkedAndTold) {
  BenchReport report = two_programs();
  report.rows[0].samples[2][1].failure = "it ended with status 3";
  report.rows[1].samples[0][0].checksum = "1";
  report.rows[1].samples[2][0].checksum = "2";
  const std::string text = table_text(report);
  EXPECT_THAT(text, testing::ContainsRegex("fib +1\\.000 .*failed .* -  "));
  EXPECT_THAT(text, HasSubstr("  WRONG\n"));
  EXPECT_THAT(text, HasSubstr("\nfib: failed on qemu: it ended with status 3\n"));
  EXPECT_THAT(text, HasSubstr("\nstrings: WRONG, results differ: 1 on native, 2 on qemu\n"));
}

TEST(BenchTable, OneRunHasNoSpread) {
  BenchReport report = three_engines();
  report.rows = {row_of("fib", {{1}, {2}, {3}})};
  EXPECT_THAT(table_text(report), Not(HasSubstr("±")));
}

TEST(BenchTable, NumbersHaveThreeDigitsThatCount) {
  EXPECT_EQ(value_text(0.0123), "0.012");
  EXPECT_EQ(value_text(12.345), "12.35");
  EXPECT_EQ(value_text(123.45), "123.5");
  EXPECT_EQ(ratio_text(0.987), "0.99x");
  EXPECT_EQ(ratio_text(12.34), "12.3x");
  EXPECT_EQ(ratio_text(123.4), "123x");
}

TEST(BenchJson, AReportComesBackAsItWas) {
  BenchReport report = two_programs();
  BenchSample& sample = report.rows[0].samples[1][0];
  sample.guest_s = 1.9;
  sample.user_s = 1.5;
  sample.system_s = 0.25;
  sample.checksum = "5eed";
  report.rows[0].samples[2][1].failure = "it \"ended\"";
  report.rows[1].program.in_mean = false;
  const auto back = report_from_json(json_of(report), "here");
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(json_of(*back), json_of(report));
  EXPECT_EQ(table_text(*back), table_text(report));
  EXPECT_EQ(back->rows[0].samples[1][0].system_s, 0.25);
  EXPECT_EQ(back->engines[1].kind, BenchKind::kRvx);
}

TEST(BenchJson, WhatIsNoReportIsRefusedByName) {
  for (const char* text : {"", "{", "[]", "3", "{\"title\": 3}", "{\"title\": \"x\"}"}) {
    const auto report = report_from_json(text, "file.json");
    ASSERT_FALSE(report) << text;
    EXPECT_THAT(report.error().text, HasSubstr("file.json is no report"));
    EXPECT_EQ(report.error().status, kUnusableStatus);
  }
}

TEST(BenchPlot, BarsAreMultiplesOfNative) {
  const std::string svg = svg_of(two_programs());
  EXPECT_THAT(svg, HasSubstr(">2.00×</text>"));
  EXPECT_THAT(svg, HasSubstr(">4.00×</text>"));
  EXPECT_THAT(svg, HasSubstr("mean of user (2)"));
  EXPECT_THAT(svg, HasSubstr("rvx interp"));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
}

TEST(BenchPlot, WithoutNativeTheBarsAreSeconds) {
  BenchReport report = two_programs();
  report.engines.erase(report.engines.begin());
  for (BenchRow& row : report.rows) row.samples.erase(row.samples.begin());
  const std::string svg = svg_of(report);
  EXPECT_THAT(svg, HasSubstr("Seconds"));
  EXPECT_THAT(svg, HasSubstr(">80.00</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("mean of")));
}

TEST(BenchPlot, NamesCannotBreakTheMarkup) {
  BenchReport report = two_programs();
  report.rows[0].program.name = "<b>&\"";
  report.title = "a < b";
  const std::string svg = svg_of(report);
  EXPECT_THAT(svg, HasSubstr("&lt;b&gt;&amp;&quot;"));
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
}

TEST(BenchPlot, NothingToDrawIsNoError) {
  BenchReport report = three_engines();
  EXPECT_THAT(svg_of(report), testing::EndsWith("</svg>\n"));
  report.rows = {row_of("fib", {{1}, {}, {}})};
  EXPECT_THAT(svg_of(report), HasSubstr("no result"));
  report.rows = {row_of("fib", {{0}, {0}, {0}})};
  EXPECT_THAT(svg_of(report), HasSubstr("no result"));
}

}  // namespace
}  // namespace rvx::cli
