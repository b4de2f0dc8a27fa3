// Rules of a modelled cache: each policy against a plain simulator, write policies, invalidation.
#include "mmu/model/model_cache.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/mmu/reference_sets.hpp"

namespace rvx {
namespace {

CacheConfig geometry(uint64_t size, unsigned ways, ReplacementPolicy policy = ReplacementPolicy::kLru) {
  return {.size = size, .ways = ways, .line = 64, .replacement = policy};
}

struct Line {
  uint64_t number;
  bool is_dirty;
};

void compare_with_simulator(const CacheConfig& config, unsigned seed) {
  ModelCache cache(config, seed, reference::a_clock());
  std::mt19937 random(seed);
  const unsigned ways = config.ways_in_use();
  std::vector<reference::Set<Line>> sets;
  for (unsigned i = 0; i < config.size / config.line / ways; ++i) sets.emplace_back(config.replacement, ways);
  uint64_t misses = 0, write_backs = 0;
  for (unsigned step = 0; step < 20'000; ++step) {
    const uint64_t span = 1 + random() % (3 * config.size);
    const uint64_t physical = 0x8000'0000 + random() % span;
    const bool is_store = random() % 3 == 0;
    const uint64_t number = physical / config.line, in_set = number % sets.size();
    auto& set = sets[in_set];
    const auto way = set.find([&](const Line& line) { return line.number == number; });
    if (random() % 50 == 0) {
      const bool was_dirty = way && set.key(*way).is_dirty;
      const ModelCache::Lost lost = cache.invalidate(physical);
      ASSERT_EQ(lost.slot != kNoSlot, way.has_value());
      ASSERT_EQ(lost.was_dirty, was_dirty);
      set.erase([&](const Line& line) { return line.number == number; });
      continue;
    }
    const ModelCache::Outcome outcome = cache.access(physical, is_store);
    ASSERT_EQ(outcome.hit, way.has_value());
    const auto first = static_cast<unsigned>(in_set) * ways;
    if (way) {
      ASSERT_EQ(outcome.slot, first + *way);
      set.hit(*way);
      set.key(*way).is_dirty |= is_store && config.write_back;
      continue;
    }
    ++misses;
    if (is_store && !config.write_allocate) {
      ASSERT_EQ(outcome.slot, kNoSlot);
      ASSERT_FALSE(outcome.evicted);
      continue;
    }
    if (const auto place = set.place()) {
      ASSERT_EQ(outcome.slot, first + *place);
    }
    const auto& before = set.at(outcome.slot - first);
    ASSERT_EQ(outcome.evicted, before.has_value());
    if (before) {
      ASSERT_EQ(outcome.victim, before->number * config.line);
      ASSERT_EQ(outcome.victim_is_dirty, before->is_dirty);
      write_backs += before->is_dirty;
    }
    set.put(outcome.slot - first, {number, is_store && config.write_back});
  }
  EXPECT_EQ(cache.stats().misses[0] + cache.stats().misses[1], misses);
  EXPECT_EQ(cache.stats().dirty_evictions, write_backs);
  EXPECT_EQ(write_backs > 0, config.write_back);
}

TEST(ModelCache, EveryPolicyDoesWhatAPlainSimulatorDoes) {
  unsigned seed = 0;
  for (const ReplacementPolicy policy : {ReplacementPolicy::kFifo, ReplacementPolicy::kRandom, ReplacementPolicy::kLru, ReplacementPolicy::kPlru})
    for (const unsigned ways : {0u, 1u, 4u, 8u})
      for (const bool write_back : {true, false})
        for (const bool write_allocate : {true, false}) {
          CacheConfig config = geometry(4096, ways, policy);
          config.write_back = write_back;
          config.write_allocate = write_allocate;
          SCOPED_TRACE(testing::Message() << "policy " << int(policy) << ", ways " << ways);
          compare_with_simulator(config, ++seed);
        }
}

TEST(ModelCache, ACycleOfLinesBeyondTheWaysOfASetAlwaysMissesUnderLruAndFifo) {
  for (const ReplacementPolicy policy : {ReplacementPolicy::kLru, ReplacementPolicy::kFifo}) {
    ModelCache cache(geometry(32 * 1024, 4, policy), 1, reference::a_clock());  // 128 sets: lines 8 KiB apart share one
    for (int round = 0; round < 5; ++round)
      for (uint64_t i = 0; i < 5; ++i) EXPECT_FALSE(cache.access(i * 8192, false).hit);
    for (int round = 0; round < 5; ++round)
      for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(cache.access(64 + i * 8192, false).hit, round > 0);
  }
}

TEST(ModelCache, AStoreChangesOnlyTheTimeWhereTheLineIsDirty) {
  ModelCache cache(geometry(4096, 4), 1, reference::a_clock());
  const unsigned slot = cache.access(0x1000, false).slot;
  EXPECT_TRUE(cache.changes_only_time(slot, false));
  EXPECT_FALSE(cache.changes_only_time(slot, true));
  cache.access(0x1000, true);
  EXPECT_TRUE(cache.changes_only_time(slot, true));
}

TEST(ModelCache, AWriteThroughCacheSeesEveryStore) {
  CacheConfig config = geometry(4096, 4);
  config.write_back = false;
  ModelCache cache(config, 1, reference::a_clock());
  const unsigned slot = cache.access(0x1000, true).slot;
  EXPECT_FALSE(cache.changes_only_time(slot, true));
  EXPECT_FALSE(cache.invalidate(0x1000).was_dirty);
}

}  // namespace
}  // namespace rvx
