// Measurements by name: what they add up, and what of misuse becomes of them.
#include "machine/measurements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "firmware/lib/events.h"

namespace rvx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Values = std::array<uint64_t, 2>;

TEST(Measurements, AddWhatEachCounterGrewBy) {
  Measurements m;
  m.begin(EventName("walk").packed, Values{100, 7});
  m.end(EventName("walk").packed, Values{130, 7});
  m.begin(EventName("walk").packed, Values{1000, 8});
  m.end(EventName("walk").packed, Values{1001, 12});
  ASSERT_EQ(m.rows().size(), 1u);
  EXPECT_EQ(m.rows()[0].name, "walk");
  EXPECT_EQ(m.rows()[0].count, 2u);
  EXPECT_THAT(m.rows()[0].sums, ElementsAre(31, 4));
  EXPECT_TRUE(m.warnings().empty());
}

TEST(Measurements, MayNestAndOverlap) {
  Measurements m;
  m.begin(EventName("outer").packed, Values{0, 0});
  m.begin(EventName("inner").packed, Values{10, 1});
  m.end(EventName("outer").packed, Values{30, 3});
  m.end(EventName("inner").packed, Values{45, 3});
  ASSERT_EQ(m.rows().size(), 2u);
  EXPECT_THAT(m.rows()[0].sums, ElementsAre(30, 3));
  EXPECT_THAT(m.rows()[1].sums, ElementsAre(35, 2));
}

TEST(Measurements, BegunAgainCountFromThere) {
  Measurements m;
  m.begin(EventName("a").packed, Values{0, 0});
  m.begin(EventName("a").packed, Values{10, 0});
  m.end(EventName("a").packed, Values{30, 0});
  EXPECT_THAT(m.rows()[0].sums, ElementsAre(20, 0));
  EXPECT_EQ(m.rows()[0].count, 1u);
  EXPECT_THAT(m.warnings(), ElementsAre(HasSubstr("1 begins of what was begun already, first 'a'")));
}

TEST(Measurements, EndsWithoutABeginAreTold) {
  Measurements m;
  m.end(EventName("a").packed, Values{30, 0});
  m.begin(EventName("b").packed, Values{30, 0});
  m.end(EventName("b").packed, Values{30, 0});
  m.end(EventName("b").packed, Values{50, 0});
  m.begin(EventName("c").packed, Values{30, 0});
  ASSERT_EQ(m.rows().size(), 2u);
  EXPECT_THAT(m.rows()[0].sums, ElementsAre(0, 0));
  EXPECT_THAT(m.rows()[1].sums, ElementsAre());
  EXPECT_THAT(m.warnings(), ElementsAre(HasSubstr("2 ends of what was not begun, first 'a'"), HasSubstr("1 begun and never ended, first 'c'")));
}

TEST(Measurements, KeepSoManyNames) {
  Measurements m;
  for (uint64_t i = 0; i <= Measurements::kMostNames; ++i) {
    const uint64_t name = 'a' | (uint64_t{'0'} + i / 10) << 8 | (uint64_t{'0'} + i % 10) << 16;
    m.begin(name, Values{0, 0});
    m.end(name, Values{1, 0});
  }
  EXPECT_EQ(m.rows().size(), Measurements::kMostNames);
  EXPECT_THAT(m.warnings(), ElementsAre(HasSubstr("2 events with names beyond the 64 that are kept, first 'a64'")));
}

TEST(Measurements, NamesAreOfLowerCaseLettersDigitsAndDashes) {
  EXPECT_EQ(measurement_name(EventName("tlb-2").packed), "tlb-2");
  EXPECT_EQ(measurement_name(EventName("abcdefgh").packed), "abcdefgh");
  for (const uint64_t bad : {EventName("").packed, EventName("A").packed, EventName("a b").packed, EventName("a\xff").packed, uint64_t{'a'} << 8, uint64_t{'a'} | uint64_t{'b'} << 16})
    EXPECT_EQ(measurement_name(bad), "");
  Measurements m;
  m.begin(0x41, Values{0, 0});
  m.end(0, Values{0, 0});
  EXPECT_TRUE(m.rows().empty());
  EXPECT_THAT(m.warnings(), ElementsAre(HasSubstr("2 events with a name that is not")));
}

}  // namespace
}  // namespace rvx
