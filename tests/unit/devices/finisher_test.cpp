// Rules of the test finisher: which stores end the machine, and with which code.
#include "devices/finisher.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace rvx {
namespace {

using Kind = Finisher::Kind;
using Calls = std::vector<std::pair<Kind, uint32_t>>;

class FinisherTest : public ::testing::Test {
 protected:
  Calls calls;
  Finisher finisher{[this](Kind kind, uint32_t code) { calls.emplace_back(kind, code); }};
};

TEST_F(FinisherTest, LowHalfSelectsPassFailOrReset) {
  EXPECT_TRUE(finisher.write(0, 4, 0x5555));
  EXPECT_TRUE(finisher.write(0, 4, 0x3333));
  EXPECT_TRUE(finisher.write(0, 4, 0x7777));
  EXPECT_EQ(calls, (Calls{{Kind::kPass, 0}, {Kind::kFail, 0}, {Kind::kReset, 0}}));
}

TEST_F(FinisherTest, UpperHalfIsTheCode) {
  EXPECT_TRUE(finisher.write(0, 4, 0x002a3333));
  EXPECT_TRUE(finisher.write(0, 4, 0xffff3333));
  EXPECT_TRUE(finisher.write(0, 4, 0x00015555));
  EXPECT_EQ(calls, (Calls{{Kind::kFail, 42}, {Kind::kFail, 0xffff}, {Kind::kPass, 1}}));
}

TEST_F(FinisherTest, HalfwordStoreHasNoCode) {
  EXPECT_TRUE(finisher.write(0, 2, 0xabcd3333));
  EXPECT_EQ(calls, (Calls{{Kind::kFail, 0}}));
}

TEST_F(FinisherTest, OtherValuesAndOffsetsAreIgnored) {
  EXPECT_TRUE(finisher.write(0, 4, 0));
  EXPECT_TRUE(finisher.write(0, 4, 0x55550000));
  EXPECT_TRUE(finisher.write(4, 4, 0x5555));
  EXPECT_TRUE(calls.empty());
}

TEST_F(FinisherTest, OtherWidthsFault) {
  uint64_t value = 0;
  for (unsigned size : {1u, 8u}) {
    EXPECT_FALSE(finisher.write(0, size, 0x5555));
    EXPECT_FALSE(finisher.read(0, size, value));
  }
  EXPECT_TRUE(calls.empty());
}

TEST_F(FinisherTest, ReadsReturnZero) {
  for (unsigned size : {2u, 4u}) {
    uint64_t value = 7;
    EXPECT_TRUE(finisher.read(0, size, value));
    EXPECT_EQ(value, 0u);
  }
}

}  // namespace
}  // namespace rvx
