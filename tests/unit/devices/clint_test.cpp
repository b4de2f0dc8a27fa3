// Rules of the CLINT: layout, access widths, time and the calls that tell the machine of changes.
#include "devices/clint.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/devices/fakes.hpp"

namespace rvx {
namespace {

constexpr uint64_t kNever = ~uint64_t{0};

class ClintTest : public ::testing::Test {
 protected:
  ClintTest() {
    clint.on_change = [this](unsigned hart) { changed.push_back(hart); };
  }
  uint64_t in(uint64_t offset, unsigned size) {
    uint64_t value = 0;
    EXPECT_TRUE(clint.read(offset, size, value));
    return value;
  }
  void out(uint64_t offset, unsigned size, uint64_t value) {
    EXPECT_TRUE(clint.write(offset, size, value));
  }

  fake::ManualClock clock;
  Clint clint{3, clock};
  std::vector<unsigned> changed;
};

TEST_F(ClintTest, ResetLeavesNothingPending) {
  for (unsigned hart = 0; hart < 3; ++hart) {
    EXPECT_EQ(clint.mtimecmp(hart), kNever);
    EXPECT_FALSE(clint.msip(hart));
  }
  EXPECT_EQ(clint.mtime(), 0u);
}

TEST_F(ClintTest, TimeIsMachineTimeInTicksRoundedDown) {
  clock.now = 12345;
  EXPECT_EQ(in(0xbff8, 8), 123u);
  const Clint slow(1, clock, 1000);
  EXPECT_EQ(slow.mtime(), 12u);
}

TEST_F(ClintTest, WordsOfTimeAreItsHalves) {
  clock.now = 0x1234567890 * 100;
  EXPECT_EQ(in(0xbff8, 4), 0x34567890u);
  EXPECT_EQ(in(0xbffc, 4), 0x12u);
}

TEST_F(ClintTest, WrittenTimeRunsOnFromThere) {
  clock.now = 5000;
  out(0xbff8, 8, 1'000'000);
  EXPECT_EQ(clint.mtime(), 1'000'000u);
  clock.now += 700;
  EXPECT_EQ(clint.mtime(), 1'000'007u);
  EXPECT_EQ(changed, (std::vector<unsigned>{0, 1, 2})) << "every hart compares with mtime";
}

TEST_F(ClintTest, HalvesOfTimeCanBeWrittenAlone) {
  out(0xbff8, 8, 0x1111111122222222);
  out(0xbff8, 4, 0xffffffff'aaaaaaaa);
  EXPECT_EQ(clint.mtime(), 0x11111111aaaaaaaau);
  out(0xbffc, 4, 0xbbbbbbbb);
  EXPECT_EQ(clint.mtime(), 0xbbbbbbbbaaaaaaaau);
}

TEST_F(ClintTest, TimeMayBeSetBackwards) {
  clock.now = 1'000'000;
  out(0xbff8, 8, 0);
  EXPECT_EQ(clint.mtime(), 0u);
}

TEST_F(ClintTest, CompareIsEightBytesForEachHart) {
  out(0x4000, 8, 111);
  out(0x4010, 8, 333);
  EXPECT_EQ(clint.mtimecmp(0), 111u);
  EXPECT_EQ(clint.mtimecmp(1), kNever);
  EXPECT_EQ(clint.mtimecmp(2), 333u);
  EXPECT_EQ(in(0x4010, 8), 333u);
  EXPECT_EQ(changed, (std::vector<unsigned>{0, 2}));
}

TEST_F(ClintTest, HalvesOfCompareCanBeWrittenAlone) {
  out(0x4008, 4, 0x12345678);
  EXPECT_EQ(clint.mtimecmp(1), 0xffffffff12345678u);
  out(0x400c, 4, 0xffffffff'00000009);
  EXPECT_EQ(clint.mtimecmp(1), 0x912345678u);
  EXPECT_EQ(in(0x4008, 4), 0x12345678u);
  EXPECT_EQ(in(0x400c, 4), 9u);
}

TEST_F(ClintTest, SoftwareInterruptIsTheLowestBitOfEachHartsWord) {
  out(0x4, 4, 0xffffffff);
  EXPECT_FALSE(clint.msip(0));
  EXPECT_TRUE(clint.msip(1));
  EXPECT_EQ(in(0x4, 4), 1u);
  out(0x4, 4, 0xfffffffe);
  EXPECT_FALSE(clint.msip(1));
  EXPECT_EQ(changed, (std::vector<unsigned>{1, 1}));
}

TEST_F(ClintTest, DoublewordReachesTwoSoftwareInterrupts) {
  out(0x0, 8, 0x1'00000001);
  EXPECT_TRUE(clint.msip(0));
  EXPECT_TRUE(clint.msip(1));
  EXPECT_EQ(in(0x0, 8), 0x1'00000001u);
  out(0x8, 8, 0x1'00000001);  // hart 3 does not exist
  EXPECT_TRUE(clint.msip(2));
  EXPECT_EQ(in(0x8, 8), 1u);
}

TEST_F(ClintTest, RegistersOfAbsentHartsReadZeroAndIgnoreWrites) {
  out(0x000c, 4, 1);
  out(0x4018, 8, 5);
  out(0x3ffc, 4, 1);
  out(0xbff0, 8, 5);
  EXPECT_EQ(in(0x000c, 4), 0u);
  EXPECT_EQ(in(0x4018, 8), 0u);
  EXPECT_EQ(in(0x3ffc, 4), 0u);
  EXPECT_EQ(in(0xbff0, 8), 0u);
  out(0xc000, 8, 5);
  EXPECT_EQ(in(0xc000, 8), 0u);
  EXPECT_TRUE(changed.empty());
}

TEST_F(ClintTest, NarrowAndMisalignedAccessesFault) {
  uint64_t value = 0;
  for (unsigned size : {1u, 2u}) {
    EXPECT_FALSE(clint.read(0xbff8, size, value)) << size;
    EXPECT_FALSE(clint.write(0x4000, size, 0)) << size;
  }
  EXPECT_FALSE(clint.read(0x4004, 8, value));
  EXPECT_FALSE(clint.write(0x4004, 8, 0));
  EXPECT_FALSE(clint.read(0x2, 4, value));
}

TEST_F(ClintTest, DeadlineIsTheFirstMomentAtWhichTimeReachesTheTicks) {
  clock.now = 1050;
  out(0xbff8, 8, 500);  // tick 500 began at 1000 ns
  const uint64_t when = clint.deadline_ns(507);
  clock.now = when - 1;
  EXPECT_LT(clint.mtime(), 507u);
  clock.now = when;
  EXPECT_EQ(clint.mtime(), 507u);
}

TEST_F(ClintTest, DeadlineInThePastIsNotLaterThanNow) {
  clock.now = 123456;
  EXPECT_LE(clint.deadline_ns(1234), clock.now);
  EXPECT_LE(clint.deadline_ns(0), clock.now);
}

TEST_F(ClintTest, DeadlineTooFarAwayIsNever) {
  clock.now = 1000;
  EXPECT_EQ(clint.deadline_ns(kNever), kNever);
  EXPECT_EQ(clint.deadline_ns(kNever / 100 + 1), kNever);
  EXPECT_EQ(clint.deadline_ns(kNever / 100), kNever / 100 * 100);
}

TEST_F(ClintTest, StateIsCompleteAndAnnouncedAfterLoading) {
  out(0x4, 4, 1);
  out(0x4000, 8, 42);
  out(0xbff8, 8, 9000);
  fake::StateCopy state;
  state.save(clint);
  Clint other(3, clock);
  std::vector<unsigned> told;
  other.on_change = [&](unsigned hart) { told.push_back(hart); };
  state.load(other);
  EXPECT_TRUE(other.restored());
  EXPECT_TRUE(other.msip(1));
  EXPECT_EQ(other.mtimecmp(0), 42u);
  EXPECT_EQ(other.mtime(), 9000u);
  EXPECT_EQ(told, (std::vector<unsigned>{0, 1, 2}));
}

TEST_F(ClintTest, StateOfAnotherNumberOfHartsIsRefused) {
  fake::StateCopy state;
  state.save(clint);
  Clint other(4, clock);
  state.load(other);
  EXPECT_FALSE(other.restored());
  EXPECT_EQ(other.mtimecmp(3), kNever);
}

}  // namespace
}  // namespace rvx
