// Rules of replacement: the order of every policy over long random traces, and the generator's known numbers.
#include "mmu/model/replacement.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/unit/mmu/reference_sets.hpp"

namespace rvx {
namespace {

class ReplacementOrder : public ::testing::TestWithParam<ReplacementPolicy> {};

INSTANTIATE_TEST_SUITE_P(Policies, ReplacementOrder,
                         ::testing::Values(ReplacementPolicy::kFifo, ReplacementPolicy::kLru, ReplacementPolicy::kPlru));

TEST_P(ReplacementOrder, IsThatOfAPlainSimulator) {
  std::mt19937 random(5);
  for (const unsigned ways : {1u, 2u, 4u, 16u, 64u}) {
    constexpr unsigned kSets = 3;
    Replacement replacement(GetParam(), kSets, ways, 0);
    std::vector<reference::Set<unsigned>> sets;
    for (unsigned i = 0; i < kSets; ++i) sets.emplace_back(GetParam(), ways);
    for (unsigned step = 0; step < 20'000; ++step) {
      const unsigned set = static_cast<unsigned>(random() % kSets), key = static_cast<unsigned>(random() % (ways + 1 + ways / 2));
      if (const auto way = sets[set].find([&](unsigned k) { return k == key; })) {
        replacement.touched(set, *way);
        sets[set].hit(*way);
        ASSERT_EQ(replacement.most_recent(set), *way);
        continue;
      }
      unsigned way = *sets[set].place();
      if (sets[set].at(way)) {
        ASSERT_EQ(replacement.victim(set), way);
      }
      replacement.filled(set, way);
      sets[set].put(way, key);
    }
  }
}

// The first numbers from seed 1234567 as published with the generator's reference code.
TEST(RandomOrder, IsSplitMix64) {
  RandomOrder order(4, 1234567);
  for (const uint64_t number : {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u, 16408922859458223821u})
    EXPECT_EQ(order.next(), number);
}

TEST(RandomOrder, TakesEveryWayEquallyOften) {
  for (const unsigned ways : {3u, 8u, 40u}) {
    RandomOrder order(ways, 9);
    std::vector<unsigned> taken(ways);
    constexpr unsigned kEach = 10'000;
    for (unsigned i = 0; i < kEach * ways; ++i) ++taken.at(order.victim(0));
    for (const unsigned times : taken) EXPECT_NEAR(times, kEach, kEach / 20);
  }
}

TEST(RandomOrder, RepeatsWithItsSeedAndDiffersWithAnother) {
  RandomOrder first(64, 1), same(64, 1), other(64, 2);
  unsigned differences = 0;
  for (int i = 0; i < 1000; ++i) {
    const unsigned way = first.victim(0);
    EXPECT_EQ(same.victim(0), way);
    differences += other.victim(0) != way;
  }
  EXPECT_GT(differences, 900u);
}

TEST(Replacement, OnlyLruAndPlruLookAtHits) {
  EXPECT_FALSE(Replacement(ReplacementPolicy::kFifo, 1, 4, 0).looks_at_hits());
  EXPECT_FALSE(Replacement(ReplacementPolicy::kRandom, 1, 4, 0).looks_at_hits());
  EXPECT_TRUE(Replacement(ReplacementPolicy::kLru, 1, 4, 0).looks_at_hits());
  EXPECT_TRUE(Replacement(ReplacementPolicy::kPlru, 1, 4, 0).looks_at_hits());
}

// What the filter in front of a model relies on.
TEST(Replacement, AnotherHitOfTheMostRecentWayChangesNoVictim) {
  for (const ReplacementPolicy policy : {ReplacementPolicy::kFifo, ReplacementPolicy::kLru, ReplacementPolicy::kPlru}) {
    Replacement once(policy, 1, 8, 0), often(policy, 1, 8, 0);
    std::mt19937 random(3);
    for (unsigned way = 0; way < 8; ++way) once.filled(0, way), often.filled(0, way);
    for (int step = 0; step < 1000; ++step) {
      const unsigned way = static_cast<unsigned>(random() % 8);
      once.touched(0, way);
      for (unsigned i = 0; i < 1 + random() % 4; ++i) often.touched(0, way);
      ASSERT_EQ(once.victim(0), often.victim(0));
      if (step % 3 != 0) continue;
      const unsigned victim = once.victim(0);
      once.filled(0, victim), often.filled(0, victim);
    }
  }
}

TEST(Replacement, WhatIsGoneIsNotTheMostRecent) {
  Replacement replacement(ReplacementPolicy::kLru, 2, 4, 0);
  EXPECT_EQ(replacement.most_recent(0), Replacement::kNoWay);
  replacement.filled(0, 2);
  replacement.emptied(0, 1);
  EXPECT_EQ(replacement.most_recent(0), 2u);
  EXPECT_EQ(replacement.most_recent(1), Replacement::kNoWay);
  replacement.emptied(0, 2);
  EXPECT_EQ(replacement.most_recent(0), Replacement::kNoWay);
}

}  // namespace
}  // namespace rvx
