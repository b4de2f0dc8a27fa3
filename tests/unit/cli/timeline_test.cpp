// Timelines from logs made by hand.
#include "cli/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/timeline_output.hpp"

namespace rvx::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kBlocked = 3, kPreempted = 1, kEnded = 4;

class Log {
 public:
  Log& at(uint64_t time, uint32_t hart, Event event, unsigned detail = 0, unsigned process = 0, unsigned thread = 0, uint64_t argument = 0) {
    records_.push_back({time, hart, time, event_word(event, detail, process, thread), argument});
    return *this;
  }
  // From the thread `before` of process 1 (0: idle) to `next`.
  Log& go(uint64_t time, uint32_t hart, unsigned before, unsigned next, unsigned reason = 0) {
    const uint64_t from = before == 0 ? 0 : 1u << 16 | before;
    return next == 0 ? at(time, hart, Event::kIdle, reason, 0, 0, from) : at(time, hart, Event::kSwitch, reason, 1, next, from);
  }
  Timeline make(unsigned harts, uint64_t from, uint64_t to) const { return make_timeline(harts, records_, from, to); }

 private:
  std::vector<EventRecord> records_;
};

TEST(Timeline, SpansSayWhoRanAndWhyItStopped) {
  const Timeline t = Log().go(100, 0, 0, 1).go(400, 0, 1, 2, kPreempted).go(600, 0, 2, 1, kBlocked).go(700, 0, 1, 0, kEnded).make(1, 0, 1000);
  const auto& spans = t.harts[0].spans;
  ASSERT_EQ(spans.size(), 5u);
  const auto is = [&](size_t i, uint64_t from, uint64_t to, int who, unsigned reason) {
    EXPECT_EQ(std::tie(spans[i].from, spans[i].to, spans[i].who, spans[i].detail), std::tie(from, to, who, reason)) << i;
  };
  is(0, 0, 100, Timeline::kIdle, 0);  // the first switch says that the hart was idle
  is(1, 100, 400, 0, kPreempted);
  is(2, 400, 600, 1, kBlocked);
  is(3, 600, 700, 0, kEnded);
  is(4, 700, 1000, Timeline::kIdle, 0);
  EXPECT_EQ(t.harts[0].run_ns, 600u);
  EXPECT_EQ(t.harts[0].idle_ns, 400u);
  EXPECT_EQ(t.harts[0].switches, 3u);
  EXPECT_EQ(t.threads[0].run_ns, 400u);
  EXPECT_EQ(t.threads[0].switched_in, 2u);
  EXPECT_THAT(t.threads[0].stopped, ElementsAre(0, 1, 0, 0, 1, 0));
  EXPECT_EQ(t.threads[0].ready_ns, 200u);  // preempted from 400 to 600
  EXPECT_THAT(t.threads[1].stopped, ElementsAre(0, 0, 0, 1, 0, 0));
  EXPECT_EQ(t.threads[1].blocked_ns, 400u);
}

TEST(Timeline, WaitingEndsWithTheWakeAndReadinessWithTheSwitch) {
  Log log;
  log.at(50, 0, Event::kThreadBegin, 0, 1, 1).go(100, 0, 0, 1).go(200, 0, 1, 2, kBlocked).at(500, 0, Event::kWake, 0, 1, 1).go(650, 0, 2, 1, kPreempted);
  const Timeline t = log.make(1, 0, 1000);
  EXPECT_EQ(t.threads[0].blocked_ns, 300u);
  EXPECT_EQ(t.threads[0].ready_ns, 50u + 150u);
  ASSERT_EQ(t.wakes.size(), 1u);
  EXPECT_EQ(std::tie(t.wakes[0].from, t.wakes[0].to, t.wakes[0].who), std::tuple(500u, 650u, 0));
}

TEST(Timeline, AHartThatIsBehindMayWakeWhatStillRuns) {
  // Hart 1's turn comes after hart 0's, which has blocked thread 1 at 900 by then.
  Log log;
  log.go(100, 0, 0, 1).go(100, 1, 0, 2).at(300, 1, Event::kWake, 0, 1, 1).go(900, 0, 1, 0, kBlocked).go(1200, 0, 0, 1);
  const Timeline t = log.make(2, 0, 2000);
  EXPECT_EQ(t.threads[0].blocked_ns, 0u);
  EXPECT_EQ(t.threads[0].ready_ns, 300u);
  // ... and run it.
  Log again;
  again.go(100, 0, 0, 1).at(300, 1, Event::kWake, 0, 1, 1).go(400, 1, 0, 1).go(900, 0, 1, 0, kBlocked).go(1500, 1, 1, 0, kEnded);
  const Timeline u = again.make(2, 0, 2000);
  EXPECT_EQ(u.harts[0].run_ns, 800u);
  EXPECT_EQ(u.harts[1].run_ns, 1100u);
  EXPECT_EQ(u.threads[0].run_ns, 1400u);  // from 100 to 1500: what overlaps counts once
  EXPECT_EQ(u.threads[0].blocked_ns + u.threads[0].ready_ns, 0u);
}

TEST(Timeline, AThreadMaySeemToRunBeforeItBegins) {
  const Timeline t = Log().go(100, 1, 0, 1).at(300, 0, Event::kThreadBegin, 0, 1, 1).go(900, 1, 1, 0, kEnded).make(2, 0, 1000);
  EXPECT_EQ(t.threads[0].run_ns, 800u);
  EXPECT_EQ(t.threads[0].ready_ns, 0u);
}

TEST(Timeline, UserModeIsFromTrapReturnToTrap) {
  Log log;
  log.go(100, 0, 0, 1).at(110, 0, Event::kTrapReturn, 0, 1, 1).at(160, 0, Event::kTrap, 8, 1, 1, 3).at(200, 0, Event::kTrapReturn, 0, 1, 1).at(300, 0, Event::kTrap, 0x85, 1, 1);
  const Timeline t = log.go(350, 0, 1, 0, kPreempted).make(1, 0, 1000);
  EXPECT_EQ(t.threads[0].user_ns, 150u);
  EXPECT_EQ(t.harts[0].traps, 2u);
  EXPECT_EQ(t.traps, (std::map<unsigned, uint64_t>{{8, 1}, {0x85, 1}}));
  EXPECT_STREQ(trap_text(8), "environment call from U-mode");
  EXPECT_STREQ(trap_text(0x85), "supervisor timer interrupt");
}

TEST(Timeline, UserLevelThreadsRunWhileTheirKernelThreadDoes) {
  Log log;
  log.go(100, 0, 0, 1).at(200, 0, Event::kUserSwitch, 0, 0, 7).at(300, 0, Event::kUserSwitch, 0, 0, 8, 7).go(400, 0, 1, 2, kPreempted);
  log.go(600, 0, 2, 1, kPreempted).at(650, 0, Event::kUserBlock, 0, 0, 8).go(800, 0, 1, 0, kEnded);
  const Timeline t = log.make(1, 0, 1000);
  ASSERT_EQ(t.user_threads.size(), 2u);
  EXPECT_EQ(std::tie(t.user_threads[0].thread, t.user_threads[0].process), std::tuple(7u, 1u));
  EXPECT_EQ(t.user_threads[0].run_ns, 100u);
  EXPECT_EQ(t.user_threads[1].run_ns, 150u);
  EXPECT_EQ(t.user_threads[1].switched_in, 1u);
}

TEST(Timeline, APartCountsOnlyWhatIsInIt) {
  Log log;
  log.go(100, 0, 0, 1).go(400, 0, 1, 2, kPreempted).go(600, 0, 2, 1, kBlocked).go(700, 0, 1, 0, kEnded);
  const Timeline t = log.make(1, 450, 650);
  EXPECT_EQ(t.harts[0].run_ns, 200u);
  EXPECT_EQ(t.threads[0].run_ns, 50u);
  EXPECT_EQ(t.threads[0].ready_ns, 150u);
  EXPECT_EQ(t.threads[1].run_ns, 150u);
  EXPECT_EQ(t.harts[0].switches, 1u);
  EXPECT_THAT(t.threads[0].stopped, ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_EQ(t.harts[0].spans.front().from, 450u);
  EXPECT_EQ(t.harts[0].spans.back().to, 650u);
  EXPECT_EQ(t.events, 1u);
}

TEST(Timeline, ColumnsShowWhoHadMostOfThem) {
  const Timeline t = Log().go(90, 0, 0, 1).go(400, 0, 1, 2, kPreempted).go(460, 0, 2, 1, kBlocked).go(800, 0, 1, 0, kEnded).make(1, 0, 1000);
  EXPECT_THAT(columns_of(t, t.harts[0], 5), ElementsAre(0, 0, 0, 0, Timeline::kIdle));
  EXPECT_THAT(columns_of(t, t.harts[0], 10), ElementsAre(Timeline::kIdle, 0, 0, 0, 1, 0, 0, 0, Timeline::kIdle, Timeline::kIdle));
  EXPECT_THAT(columns_of(Log().make(1, 0, 100), t.harts[0], 0), ElementsAre());
  const Timeline late = Log().go(500, 0, 2, 1, kPreempted).make(1, 0, 1000);
  EXPECT_THAT(columns_of(late, late.harts[0], 2), ElementsAre(kNobody, 0));
}

TEST(Timeline, AxesHaveRoundDistances) {
  EXPECT_DOUBLE_EQ(tick_distance(1000, 10), 100);
  EXPECT_DOUBLE_EQ(tick_distance(1001, 10), 200);
  EXPECT_DOUBLE_EQ(tick_distance(25, 10), 5);
  EXPECT_NEAR(tick_distance(0.001, 10), 0.0001, 1e-12);
}

Timeline sample() {
  Log log;
  log.at(1, 0, Event::kProcessName, 0, 1, 0, EventName("a\"<&").packed).go(1000, 0, 0, 1).at(2000, 0, Event::kMark, 5, 0, 0, 9);
  log.at(2500, 0, Event::kMeasureBegin, 0, 0, 0, EventName("loop").packed).at(3000, 0, Event::kMeasureEnd, 0, 0, 0, EventName("loop").packed);
  log.at(3500, 0, Event::kUserSwitch, 0, 0, 3).go(4000, 0, 1, 2, kBlocked).at(5000, 1, Event::kWake, 0, 1, 1).go(5200, 1, 0, 1).go(9000, 1, 1, 0, kEnded);
  return log.at(10000, 0, Event::kTrap, 8, 1, 2).make(2, 0, 10000);
}

TEST(TimelineOutput, TextHasLanesAndTables) {
  const std::string text = timeline_text(sample(), 43);
  EXPECT_THAT(text, HasSubstr("hart 0  |..aaaaaabbbbbbbbbbbb|  90.0 % busy\n"));
  EXPECT_THAT(text, HasSubstr("hart 1  |..........aaaaaaaa..|  38.0 % busy\n"));
  EXPECT_THAT(text, HasSubstr("marks   |    ^               |\n"));
  EXPECT_THAT(text, HasSubstr("a a\"<& 1.1"));
  EXPECT_THAT(text, HasSubstr("environment call from U-mode"));
  EXPECT_THAT(text, HasSubstr("loop"));
  EXPECT_THAT(text, HasSubstr("user-level thread"));
}

TEST(TimelineOutput, JsonHasTracksAndArrows) {
  const auto json = nlohmann::json::parse(timeline_json(sample()));
  size_t slices = 0, starts = 0, ends = 0;
  bool has_name = false;
  for (const auto& event : json.at("traceEvents")) {
    const std::string phase = event.at("ph");
    if (phase == "X" && event.at("pid") == 1) ++slices;
    if (phase == "s") ++starts;
    if (phase == "f") ++ends;
    has_name = has_name || (phase == "M" && event.at("args").at("name") == "a\"<& (1)");
    if (phase == "X" && event.at("pid") == 1 && event.at("tid") == 1) {
      EXPECT_DOUBLE_EQ(event.at("ts"), 5.2);
      EXPECT_DOUBLE_EQ(event.at("dur"), 3.8);
      EXPECT_EQ(event.at("args").at("stopped"), "ended");
    }
  }
  EXPECT_EQ(slices, 3u);  // idle harts have none
  EXPECT_EQ(starts, 1u);
  EXPECT_EQ(ends, 1u);
  EXPECT_TRUE(has_name);
}

TEST(TimelineOutput, PictureHoldsNothingThatXmlCannot) {
  const std::string svg = timeline_svg(sample());
  EXPECT_THAT(svg, HasSubstr("a&quot;&lt;&amp; 1.1: 1.000 to 4.000 µs, 3.000 µs; then blocked"));
  EXPECT_THAT(svg, HasSubstr("time in µs"));
  EXPECT_THAT(svg, Not(HasSubstr("a\"<&")));
}

}  // namespace
}  // namespace rvx::cli
