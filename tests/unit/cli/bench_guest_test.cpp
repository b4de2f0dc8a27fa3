// What `rvx bench` reads: the runner's lines, programs' output, commands of other emulators.
#include "cli/bench_guest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/bench_setup.hpp"

namespace rvx::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(BenchRunner, AnAnswerHasStatusTimesAndChecksum) {
  const auto answer = parse_runner_answer(
      "bench-done fib status=3 ns=1500000000 user_ns=1000000000 sys_ns=250000000 checksum=5eed\r");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->name, "fib");
  EXPECT_EQ(answer->status, 3);
  EXPECT_EQ(answer->wall_s, 1.5);
  EXPECT_EQ(answer->user_s, 1.0);
  EXPECT_EQ(answer->system_s, 0.25);
  EXPECT_EQ(answer->checksum, "5eed");
}

TEST(BenchRunner, ADashIsNoChecksumAndUnknownKeysAreSkipped) {
  const auto answer = parse_runner_answer("bench-done fib  ns=1 faults=3 new status=0 checksum=-");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->checksum, "");
  EXPECT_EQ(answer->status, 0);
}

TEST(BenchRunner, OtherLinesAreNoAnswers) {
  for (const char* line :
       {"", "bench-done", "bench-done fib", "bench-done fib status=0", "bench-done fib ns=1",
        "bench-done fib status=x ns=1", "bench-done fib status=0 ns=-1",
        "bench-done fib status=0 ns=99999999999999999999",
        "bench-done fib status= ns=", "run fib status=0 ns=1", "x bench-done fib status=0 ns=1"})
    EXPECT_FALSE(parse_runner_answer(line)) << line;
}

TEST(BenchOutput, TheChecksumIsThatOfTheLastLine) {
  EXPECT_EQ(checksum_of_output("checksum 1\nhello\r\nchecksum 5eed\r\n\n"), "5eed");
  EXPECT_EQ(checksum_of_output("checksum 5eed"), "5eed");
}

TEST(BenchOutput, WithoutOneItIsAHashOfTheLines) {
  const std::string hash = checksum_of_output("one\ntwo\n");
  EXPECT_THAT(hash, StartsWith(kOutputHash));
  EXPECT_EQ(checksum_of_output("one\r\n\r\ntwo"), hash) << "line ends do not count";
  EXPECT_NE(checksum_of_output("one\nthree\n"), hash);
  EXPECT_NE(checksum_of_output("onetwo\n"), hash);
  EXPECT_NE(checksum_of_output("checksum 1\ntwo\n"), "1");
}

TEST(BenchCommands, WordsAreAsAShellReadsThem) {
  const auto words = split_words("  a 'b c' \"d \\\" e\" f\\ g '' h'i'j ");
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, ElementsAre("a", "b c", "d \" e", "f g", "", "hij"));
  EXPECT_FALSE(split_words("a 'b"));
  EXPECT_FALSE(split_words("a \"b"));
}

TEST(BenchCommands, PlaceholdersAreFilledInWithinTheirWord) {
  const Placeholders values{{"kernel", "a b"}, {"memory", "1024M"}};
  const auto words = fill_in({"-m{memory}", "{kernel}", "plain", "{"}, values);
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, ElementsAre("-m1024M", "a b", "plain", "{"));
}

TEST(BenchCommands, AnUnknownPlaceholderIsToldWithThoseThatThereAre) {
  const auto words = fill_in({"{kernle}"}, {{"kernel", "x"}});
  ASSERT_FALSE(words);
  EXPECT_THAT(words.error().text, HasSubstr("{kernle}"));
  EXPECT_THAT(words.error().text, HasSubstr("{kernel}"));
}

}  // namespace
}  // namespace rvx::cli
