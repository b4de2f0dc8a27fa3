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
    Replacement replacement(GetParam(), kSets, ways, 0, reference::a_clock());
    std::vector<reference::Set<unsigned>> sets;
    for (unsigned i = 0; i < kSets; ++i) sets.emplace_back(GetParam(), ways);
    for (unsigned step = 0; step < 20'000; ++step) {
      const unsigned set = static_cast<unsigned>(random() % kSets), key = static_cast<unsigned>(random() % (ways + 1 + ways / 2));
      if (const auto way = sets[set].find([&](unsigned k) { return k == key; })) {
        replacement.touched(set * ways + *way);
        sets[set].hit(*way);
        continue;
      }
      unsigned way = *sets[set].place();
      if (sets[set].at(way)) {
        ASSERT_EQ(replacement.victim(set), way);
      }
      replacement.filled(set * ways + way);
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
    for (unsigned i = 0; i < kEach * ways; ++i) ++taken.at(order.victim());
    for (const unsigned times : taken) EXPECT_NEAR(times, kEach, kEach / 20);
  }
}

TEST(RandomOrder, RepeatsWithItsSeedAndDiffersWithAnother) {
  RandomOrder first(64, 1), same(64, 1), other(64, 2);
  unsigned differences = 0;
  for (int i = 0; i < 1000; ++i) {
    const unsigned way = first.victim();
    EXPECT_EQ(same.victim(), way);
    differences += other.victim() != way;
  }
  EXPECT_GT(differences, 900u);
}

// What the filter in front of a model relies on: it writes the time of hits by itself.
TEST(Replacement, ATimeThatIsWrittenIsAHit) {
  for (const ReplacementPolicy policy : {ReplacementPolicy::kFifo, ReplacementPolicy::kLru, ReplacementPolicy::kPlru}) {
    ModelClock told_clock, written_clock;
    Replacement told(policy, 2, 8, 0, told_clock), written(policy, 2, 8, 0, written_clock);
    std::mt19937 random(3);
    for (unsigned slot = 0; slot < 16; ++slot) told.filled(slot), written.filled(slot);
    unsigned last = 0;
    for (int step = 0; step < 2000; ++step) {
      const unsigned slot = static_cast<unsigned>(random() % 16);
      told.touched(slot);
      // Another hit of the one that was hit last changes no victim.
      if (slot != last || random() % 2 == 0)
        if (uint64_t* const time = written.time_of(slot)) *time = written_clock.now += 1 + random() % 5;
      last = slot;
      const unsigned set = static_cast<unsigned>(random() % 2), victim = told.victim(set);
      ASSERT_EQ(victim, written.victim(set));
      if (step % 3 != 0) continue;
      last = 8 * set + victim;
      told.filled(last), written.filled(last);
    }
  }
}

TEST(Replacement, OnlyLruAndPlruWantTheTimeOfHits) {
  for (const ReplacementPolicy policy : {ReplacementPolicy::kFifo, ReplacementPolicy::kRandom, ReplacementPolicy::kLru, ReplacementPolicy::kPlru}) {
    Replacement replacement(policy, 1, 4, 0, reference::a_clock());
    EXPECT_EQ(replacement.time_of(0) != nullptr, looks_at_hits(policy));
  }
  EXPECT_FALSE(looks_at_hits(ReplacementPolicy::kFifo) || looks_at_hits(ReplacementPolicy::kRandom));
  EXPECT_TRUE(looks_at_hits(ReplacementPolicy::kLru) && looks_at_hits(ReplacementPolicy::kPlru));
}

}  // namespace
}  // namespace rvx
