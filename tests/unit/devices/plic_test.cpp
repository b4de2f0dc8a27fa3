// Rules of the PLIC: gateways, priorities, thresholds, claim and completion, register layout.
#include "devices/plic.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/unit/devices/fakes.hpp"

namespace rvx {
namespace {

constexpr uint64_t kPending = 0x1000;
constexpr uint64_t enable_at(unsigned context, unsigned word = 0) {
  return 0x2000 + context * 0x80 + word * 4;
}
constexpr uint64_t threshold_at(unsigned context) { return 0x200000 + context * 0x1000; }
constexpr uint64_t claim_at(unsigned context) { return threshold_at(context) + 4; }

class PlicTest : public ::testing::Test {
 protected:
  uint32_t in(uint64_t offset) {
    uint64_t value = ~uint64_t{0};
    EXPECT_TRUE(plic.read(offset, 4, value));
    EXPECT_EQ(value >> 32, 0u);
    return static_cast<uint32_t>(value);
  }
  void out(uint64_t offset, uint64_t value) { EXPECT_TRUE(plic.write(offset, 4, value)); }
  // Source with this priority, enabled in this context.
  void configure(unsigned source, uint32_t priority, unsigned context) {
    out(source * 4, priority);
    const uint64_t at = enable_at(context, source / 32);
    out(at, in(at) | uint32_t{1} << source % 32);
  }

  std::map<unsigned, bool> outputs;
  unsigned calls = 0;
  Plic plic{95, 7, 2, [this](unsigned context, bool level) {
              outputs[context] = level;
              ++calls;
            }};
};

TEST_F(PlicTest, EnabledSourceAbovePriorityZeroInterruptsItsContextOnly) {
  configure(10, 1, 1);
  plic.set_level(10, true);
  EXPECT_TRUE(outputs[1]);
  EXPECT_FALSE(outputs[0]);
  EXPECT_FALSE(outputs[2]);
  EXPECT_FALSE(outputs[3]);
}

TEST_F(PlicTest, PriorityZeroNeverInterruptsAndCannotBeClaimed) {
  configure(10, 0, 0);
  plic.set_level(10, true);
  EXPECT_FALSE(plic.output(0));
  EXPECT_EQ(in(claim_at(0)), 0u);
  out(10 * 4, 1);
  EXPECT_TRUE(plic.output(0)) << "a priority write takes effect at once";
}

TEST_F(PlicTest, DisabledSourceIsPendingButDoesNotInterrupt) {
  out(10 * 4, 7);
  plic.set_level(10, true);
  EXPECT_EQ(in(kPending), 1u << 10);
  EXPECT_FALSE(plic.output(0));
  EXPECT_EQ(in(claim_at(0)), 0u);
  out(enable_at(0), 1u << 10);
  EXPECT_TRUE(plic.output(0));
  out(enable_at(0), 0);
  EXPECT_FALSE(plic.output(0));
}

TEST_F(PlicTest, HighestPriorityIsClaimedFirstAndTheLowestIdAmongEquals) {
  configure(3, 2, 0);
  configure(40, 5, 0);
  configure(70, 5, 0);
  configure(95, 1, 0);
  for (unsigned source : {95u, 70u, 40u, 3u}) plic.set_level(source, true);
  EXPECT_EQ(in(claim_at(0)), 40u);
  EXPECT_EQ(in(claim_at(0)), 70u);
  EXPECT_EQ(in(claim_at(0)), 3u);
  EXPECT_EQ(in(claim_at(0)), 95u);
  EXPECT_EQ(in(claim_at(0)), 0u);
}

TEST_F(PlicTest, ClaimClearsPendingAndLowersTheOutput) {
  configure(10, 1, 0);
  plic.set_level(10, true);
  EXPECT_EQ(in(claim_at(0)), 10u);
  EXPECT_EQ(in(kPending), 0u);
  EXPECT_FALSE(outputs[0]);
}

TEST_F(PlicTest, ClaimedSourceIsNotPendedAgainBeforeCompletion) {
  configure(10, 1, 0);
  plic.set_level(10, true);
  in(claim_at(0));
  plic.set_level(10, false);
  plic.set_level(10, true);
  EXPECT_EQ(in(kPending), 0u);
  EXPECT_FALSE(plic.output(0));
  out(claim_at(0), 10);
  EXPECT_TRUE(plic.output(0));
  EXPECT_EQ(in(claim_at(0)), 10u);
}

TEST_F(PlicTest, CompletionPendsAgainOnlyWhileTheLineIsHigh) {
  configure(10, 1, 0);
  plic.set_level(10, true);
  in(claim_at(0));
  out(claim_at(0), 10);
  EXPECT_TRUE(plic.output(0)) << "still high";
  in(claim_at(0));
  plic.set_level(10, false);
  out(claim_at(0), 10);
  EXPECT_FALSE(plic.output(0));
  EXPECT_EQ(in(claim_at(0)), 0u);
}

TEST_F(PlicTest, LineThatFallsBeforeTheClaimTakesItsRequestAlong) {
  configure(10, 1, 0);
  plic.set_level(10, true);
  plic.set_level(10, false);
  EXPECT_FALSE(plic.output(0));
  EXPECT_EQ(in(kPending), 0u);
}

TEST_F(PlicTest, ClaimByOneContextTakesTheSourceFromTheOthers) {
  configure(10, 1, 1);
  configure(10, 1, 3);
  plic.set_level(10, true);
  EXPECT_TRUE(outputs[1]);
  EXPECT_TRUE(outputs[3]);
  EXPECT_EQ(in(claim_at(3)), 10u);
  EXPECT_FALSE(outputs[1]);
  EXPECT_EQ(in(claim_at(1)), 0u);
}

TEST_F(PlicTest, AnyContextThatEnablesTheSourceMayCompleteIt) {
  configure(10, 1, 1);
  configure(10, 1, 3);
  plic.set_level(10, true);
  in(claim_at(3));
  out(claim_at(0), 10);
  EXPECT_FALSE(plic.output(1)) << "context 0 does not enable it";
  out(claim_at(1), 10);
  EXPECT_TRUE(plic.output(1));
}

TEST_F(PlicTest, CompletionOfImpossibleIdsIsIgnored) {
  configure(10, 1, 0);
  plic.set_level(10, true);
  in(claim_at(0));
  for (uint64_t id : {uint64_t{0}, uint64_t{96}, uint64_t{1024 + 10}, uint64_t{0xffffffff}}) {
    out(claim_at(0), id);
    EXPECT_FALSE(plic.output(0)) << id;
  }
}

TEST_F(PlicTest, ThresholdMasksPrioritiesUpToItself) {
  configure(10, 3, 0);
  plic.set_level(10, true);
  out(threshold_at(0), 2);
  EXPECT_TRUE(plic.output(0));
  out(threshold_at(0), 3);
  EXPECT_FALSE(plic.output(0));
  EXPECT_EQ(in(threshold_at(0)), 3u);
}

TEST_F(PlicTest, ClaimIsNotAffectedByTheThreshold) {
  configure(10, 3, 0);
  out(threshold_at(0), 7);
  plic.set_level(10, true);
  EXPECT_FALSE(plic.output(0));
  EXPECT_EQ(in(claim_at(0)), 10u);
}

TEST_F(PlicTest, PrioritiesAndThresholdsKeepOnlyImplementedBits) {
  out(4, 0xffffffff);
  EXPECT_EQ(in(4), 7u);
  out(4, 8);
  EXPECT_EQ(in(4), 0u);
  out(threshold_at(0), 0x1f);
  EXPECT_EQ(in(threshold_at(0)), 7u);
  Plic spike(31, 15, 1, nullptr);
  uint64_t value = 0;
  ASSERT_TRUE(spike.write(4, 4, 0xff));
  ASSERT_TRUE(spike.read(4, 4, value));
  EXPECT_EQ(value, 15u);
}

TEST_F(PlicTest, SourceZeroAndSourcesBeyondTheLastDoNotExist) {
  out(0, 7);
  EXPECT_EQ(in(0), 0u);
  out(96 * 4, 7);
  EXPECT_EQ(in(96 * 4), 0u);
  for (unsigned word = 0; word < 4; ++word) out(enable_at(0, word), 0xffffffff);
  EXPECT_EQ(in(enable_at(0, 0)), 0xfffffffeu);
  EXPECT_EQ(in(enable_at(0, 1)), 0xffffffffu);
  EXPECT_EQ(in(enable_at(0, 2)), 0xffffffffu);
  EXPECT_EQ(in(enable_at(0, 3)), 0u);
  plic.set_level(0, true);
  plic.set_level(96, true);
  plic.set_level(4000, true);
  EXPECT_EQ(in(kPending), 0u);
  EXPECT_EQ(in(kPending + 12), 0u);
  plic.line(96).set(true);
  EXPECT_EQ(calls, 0u);

  Plic spike(31, 15, 1, nullptr);
  uint64_t value = 0;
  ASSERT_TRUE(spike.write(0x2000, 4, 0xffffffff));
  ASSERT_TRUE(spike.read(0x2000, 4, value));
  EXPECT_EQ(value, 0xfffffffeu) << "31 sources fill the word to its last bit";
}

TEST_F(PlicTest, PendingBitsAreReadOnly) {
  configure(10, 1, 0);
  out(kPending, 0xffffffff);
  EXPECT_EQ(in(kPending), 0u);
  EXPECT_FALSE(plic.output(0));
}

TEST_F(PlicTest, ContextsThatDoNotExistReadZeroAndIgnoreWrites) {
  out(enable_at(4), 0xffffffff);
  EXPECT_EQ(in(enable_at(4)), 0u);
  out(threshold_at(4), 1);
  EXPECT_EQ(in(threshold_at(4)), 0u);
  EXPECT_EQ(in(claim_at(4)), 0u);
  out(threshold_at(0) + 8, 5);
  EXPECT_EQ(in(threshold_at(0) + 8), 0u);
  EXPECT_EQ(in(threshold_at(0)), 0u);
  EXPECT_EQ(in(0xfffffffffffffffc), 0u);
}

TEST_F(PlicTest, OnlyAlignedWordAccessesAreAccepted) {
  uint64_t value = 0;
  for (unsigned size : {1u, 2u, 8u}) {
    EXPECT_FALSE(plic.read(0x1000, size, value)) << size;
    EXPECT_FALSE(plic.write(0x2000, size, 0)) << size;
  }
  EXPECT_FALSE(plic.read(0x1002, 4, value));
  EXPECT_FALSE(plic.write(0x2002, 4, 0));
}

TEST_F(PlicTest, OutputIsToldOnlyWhenItsLevelChanges) {
  configure(10, 1, 0);
  configure(11, 1, 0);
  plic.set_level(10, true);
  plic.set_level(11, true);
  plic.set_level(11, true);
  EXPECT_EQ(calls, 1u);
  in(claim_at(0));
  EXPECT_EQ(calls, 1u) << "the second source keeps it high";
  in(claim_at(0));
  EXPECT_EQ(calls, 2u);
}

TEST_F(PlicTest, LineObjectsDriveTheirSource) {
  configure(33, 1, 2);
  IrqLine line = plic.line(33);
  line.set(true);
  EXPECT_TRUE(outputs[2]);
  EXPECT_EQ(in(kPending + 4), 2u);
  line.set(false);
  EXPECT_FALSE(outputs[2]);
}

TEST_F(PlicTest, StateIsCompleteAndDrivesTheOutputsAfterLoading) {
  configure(10, 3, 0);
  configure(11, 2, 0);
  configure(95, 6, 1);
  out(threshold_at(0), 1);
  for (unsigned source : {10u, 11u, 95u}) plic.set_level(source, true);
  EXPECT_EQ(in(claim_at(0)), 10u);
  fake::StateCopy state;
  state.save(plic);

  std::map<unsigned, bool> told;
  Plic other(95, 7, 2, [&](unsigned context, bool level) { told[context] = level; });
  state.load(other);
  EXPECT_TRUE(other.restored());
  EXPECT_EQ(told, (std::map<unsigned, bool>{{0, true}, {1, true}}));
  uint64_t value = 0;
  ASSERT_TRUE(other.read(claim_at(0), 4, value));
  EXPECT_EQ(value, 11u) << "source 10 is still claimed";
  ASSERT_TRUE(other.write(claim_at(0), 4, 10));
  ASSERT_TRUE(other.read(claim_at(0), 4, value));
  EXPECT_EQ(value, 10u) << "its line is still high";
}

TEST_F(PlicTest, StateOfAnotherMachineIsRefusedAndImpossibleBitsAreDropped) {
  fake::StateCopy state;
  state.save(plic);
  Plic other(31, 7, 2, nullptr);
  state.load(other);
  EXPECT_FALSE(other.restored());
  state.field("level")[0] = '\x01';
  state.field("enable")[0] = '\x01';
  state.load(plic);
  EXPECT_TRUE(plic.restored());
  EXPECT_EQ(in(kPending), 0u);
  EXPECT_EQ(in(enable_at(0)), 0u);
}

}  // namespace
}  // namespace rvx
