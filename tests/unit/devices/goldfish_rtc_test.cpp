// Rules of the Goldfish RTC: latching, setting the time, the alarm and its interrupt.
#include "devices/goldfish_rtc.hpp"

#include <gtest/gtest.h>

#include "tests/unit/devices/fakes.hpp"

namespace rvx {
namespace {

constexpr uint64_t kTimeLow = 0x00, kTimeHigh = 0x04, kAlarmLow = 0x08, kAlarmHigh = 0x0c,
                   kIrqEnabled = 0x10, kClearAlarm = 0x14, kAlarmStatus = 0x18,
                   kClearInterrupt = 0x1c;
constexpr uint64_t kEpoch = 1'700'000'000;
constexpr uint64_t kStart = kEpoch * 1'000'000'000;

class GoldfishRtcTest : public ::testing::Test {
 protected:
  GoldfishRtcTest() { clock.epoch = kEpoch; }
  uint64_t in(uint64_t offset) {
    uint64_t value = 0;
    EXPECT_TRUE(rtc.read(offset, 4, value));
    return value;
  }
  void out(uint64_t offset, uint64_t value) { EXPECT_TRUE(rtc.write(offset, 4, value)); }
  uint64_t time() {
    const uint64_t low = in(kTimeLow);
    return low | in(kTimeHigh) << 32;
  }
  void set_alarm(uint64_t when) {
    out(kAlarmHigh, when >> 32);
    out(kAlarmLow, when & 0xffffffff);
  }

  fake::ManualClock clock;
  bool irq = false;
  GoldfishRtc rtc{clock, IrqLine([this](bool level) { irq = level; })};
};

TEST_F(GoldfishRtcTest, TimeIsNanosecondsSince1970) {
  EXPECT_EQ(time(), kStart);
  clock.now = 123'456;
  EXPECT_EQ(time(), kStart + 123'456);
}

TEST_F(GoldfishRtcTest, ReadingTheLowHalfLatchesTheHighHalf) {
  clock.now = 0xffffffff - (kStart & 0xffffffff);  // the low half is about to wrap
  EXPECT_EQ(in(kTimeLow), 0xffffffffu);
  clock.now += 1;
  EXPECT_EQ(in(kTimeHigh), kStart >> 32) << "the half that belongs to the low half read";
  EXPECT_EQ(in(kTimeLow), 0u);
  EXPECT_EQ(in(kTimeHigh), (kStart >> 32) + 1);
}

TEST_F(GoldfishRtcTest, TimeCanBeSetAndRunsOn) {
  out(kTimeHigh, 0x12345678);
  out(kTimeLow, 0x9abcdef0);
  EXPECT_EQ(time(), 0x123456789abcdef0u);
  clock.now += 10;
  EXPECT_EQ(time(), 0x123456789abcdefau);
}

TEST_F(GoldfishRtcTest, AlarmInterruptsAtItsTimeExactly) {
  out(kIrqEnabled, 1);
  set_alarm(kStart + 5'000'000'001);
  EXPECT_EQ(in(kAlarmStatus), 1u);
  clock.advance_to(5'000'000'000);
  EXPECT_FALSE(irq);
  clock.advance_to(5'000'000'001);
  EXPECT_TRUE(irq);
  EXPECT_EQ(in(kAlarmStatus), 0u);
  EXPECT_TRUE(clock.actions.empty());
}

TEST_F(GoldfishRtcTest, AlarmInThePastInterruptsAtOnce) {
  out(kIrqEnabled, 1);
  clock.now = 100;
  set_alarm(kStart + 100);
  EXPECT_TRUE(irq);
  EXPECT_EQ(in(kAlarmStatus), 0u);
}

TEST_F(GoldfishRtcTest, OnlyTheLowHalfSetsTheAlarm) {
  out(kAlarmHigh, 0);
  clock.advance_to(10);
  EXPECT_EQ(in(kAlarmStatus), 0u);
  out(kIrqEnabled, 1);
  EXPECT_FALSE(irq);
}

TEST_F(GoldfishRtcTest, DisabledInterruptWaitsUntilItIsEnabled) {
  set_alarm(kStart);
  EXPECT_FALSE(irq);
  out(kIrqEnabled, 1);
  EXPECT_TRUE(irq);
  out(kIrqEnabled, 0xfffffffe);
  EXPECT_FALSE(irq) << "bit 0 alone counts";
  EXPECT_EQ(in(kIrqEnabled), 0u);
}

TEST_F(GoldfishRtcTest, ClearingTheInterruptLowersTheLine) {
  out(kIrqEnabled, 1);
  set_alarm(kStart);
  out(kClearInterrupt, 1);
  EXPECT_FALSE(irq);
  out(kIrqEnabled, 1);
  EXPECT_FALSE(irq);
}

TEST_F(GoldfishRtcTest, ClearedAlarmDoesNotInterrupt) {
  out(kIrqEnabled, 1);
  set_alarm(kStart + 1000);
  out(kClearAlarm, 1);
  EXPECT_EQ(in(kAlarmStatus), 0u);
  clock.advance_to(2000);
  EXPECT_FALSE(irq);
}

TEST_F(GoldfishRtcTest, LaterAlarmReplacesTheEarlierOne) {
  out(kIrqEnabled, 1);
  set_alarm(kStart + 1000);
  set_alarm(kStart + 90'000);
  clock.advance_to(89'999);
  EXPECT_FALSE(irq);
  clock.advance_to(90'000);
  EXPECT_TRUE(irq);
}

TEST_F(GoldfishRtcTest, EarlierAlarmReplacesTheLaterOne) {
  out(kIrqEnabled, 1);
  set_alarm(kStart + 90'000);
  set_alarm(kStart + 33'000);
  clock.advance_to(32'999);
  EXPECT_FALSE(irq);
  clock.advance_to(33'000);
  EXPECT_TRUE(irq);
  out(kClearInterrupt, 1);
  clock.advance_to(100'000);
  EXPECT_FALSE(irq) << "the first alarm is gone";
}

TEST_F(GoldfishRtcTest, SettingTheTimePastTheAlarmRaisesIt) {
  out(kIrqEnabled, 1);
  set_alarm(kStart + (uint64_t{1} << 33));
  EXPECT_FALSE(irq);
  out(kTimeHigh, (kStart >> 32) + 3);
  EXPECT_TRUE(irq);
}

TEST_F(GoldfishRtcTest, AlarmReadsBack) {
  set_alarm(0x7766554433221100);
  EXPECT_EQ(in(kAlarmLow), 0x33221100u);
  EXPECT_EQ(in(kAlarmHigh), 0x77665544u);
}

TEST_F(GoldfishRtcTest, AlarmBeyondTheEndOfTimeNeverComes) {
  clock.now = uint64_t{1} << 63;
  out(kTimeHigh, 0);
  set_alarm(0xffffffffffffffff);
  EXPECT_EQ(in(kAlarmStatus), 1u);
  for (const auto& [when, action] : clock.actions) EXPECT_GT(when, clock.now);
}

TEST_F(GoldfishRtcTest, MovingTheAlarmOverAndOverDoesNotFillTheClock) {
  for (uint64_t i = 0; i < 100'000; ++i) {
    clock.now += 1 + i % 3;
    set_alarm(kStart + 100'000'000'000 - i * 999'000);
  }
  for (uint64_t i = 0; i < 100'000; ++i) {
    clock.advance_to(clock.now + 7);
    set_alarm(kStart + clock.now + 1024 + (i * 7919) % 1'000'000);
  }
  EXPECT_LE(clock.most_actions, 80u);
}

TEST_F(GoldfishRtcTest, OnlyAlignedWordAccessesAreAccepted) {
  uint64_t value = 0;
  for (unsigned size : {1u, 2u, 8u}) {
    EXPECT_FALSE(rtc.read(0, size, value)) << size;
    EXPECT_FALSE(rtc.write(0, size, 0)) << size;
  }
  EXPECT_FALSE(rtc.read(2, 4, value));
  EXPECT_EQ(in(0x20), 0u);
  out(0x20, 1);
}

TEST_F(GoldfishRtcTest, StateIsCompleteAndTheAlarmSurvivesLoading) {
  out(kTimeHigh, (kStart >> 32) + 1);
  out(kIrqEnabled, 1);
  const uint64_t when = time() + 50'000;
  set_alarm(when);
  fake::StateCopy state;
  state.save(rtc);

  fake::ManualClock other_clock;
  other_clock.epoch = kEpoch;
  bool other_irq = false;
  GoldfishRtc other(other_clock, IrqLine([&](bool level) { other_irq = level; }));
  state.load(other);
  EXPECT_TRUE(other.restored());
  EXPECT_FALSE(other_irq);
  other_clock.advance_to(49'999);
  EXPECT_FALSE(other_irq);
  other_clock.advance_to(50'000);
  EXPECT_TRUE(other_irq);
}

TEST_F(GoldfishRtcTest, CallsFromBeforeLoadingAreIgnored) {
  out(kIrqEnabled, 1);
  fake::StateCopy state;
  state.save(rtc);
  set_alarm(kStart + 1000);
  state.load(rtc);
  EXPECT_TRUE(rtc.restored());
  set_alarm(kStart + 9000);
  clock.advance_to(5000);
  EXPECT_FALSE(irq);
  EXPECT_EQ(clock.actions.size(), 1u) << "an old call does not cause a new one";
  clock.advance_to(9000);
  EXPECT_TRUE(irq);
}

}  // namespace
}  // namespace rvx
