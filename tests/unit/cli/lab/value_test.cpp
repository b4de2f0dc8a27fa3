// Numbers of labs as text.
#include "cli/lab/value.hpp"

#include <gtest/gtest.h>

namespace rvx::cli::lab {
namespace {

TEST(LabValue, NumbersHaveSixDigitsOrAreWhole) {
  EXPECT_EQ(number_text(12), "12");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(1234567890123), "1234567890123");
  EXPECT_EQ(number_text(1.0 / 3), "0.333333");
}

TEST(LabValue, ShortNumbersKeepWhatStandsBeforeThePoint) {
  EXPECT_EQ(short_number(95755), "95755");
  EXPECT_EQ(short_number(95755.25), "95755");
  EXPECT_EQ(short_number(1234.5678), "1235");
  EXPECT_EQ(short_number(-12345.6), "-12346");
  EXPECT_EQ(short_number(144.72), "144.7");
  EXPECT_EQ(short_number(1.0 / 3), "0.3333");
}

}  // namespace
}  // namespace rvx::cli::lab
