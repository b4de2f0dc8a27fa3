// Rules of the modelled page-walk cache: each policy against a plain simulator, with fences, ASIDs and global pointers.
#include "mmu/model/walk_cache.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/mmu/reference_sets.hpp"

namespace rvx {
namespace {

struct Pointer {
  uint64_t va;
  unsigned level;
  uint16_t asid;
  bool is_global;

  // Whether it leads to va's table of the level below: one entry of level n maps 4 KiB * 512^n.
  [[nodiscard]] bool leads_to(uint64_t address, uint16_t space) const {
    return (is_global || asid == space) && va / span() == address / span();
  }
  [[nodiscard]] uint64_t span() const { return uint64_t{4096} << (9 * level); }
};

void compare_with_simulator(const WalkCacheConfig& config, unsigned asid_bits, unsigned seed) {
  WalkCache cache(config, asid_bits, true, seed, reference::a_clock());
  std::mt19937 random(seed);
  const unsigned set_count = config.entries / config.ways_in_use();
  std::vector<reference::Set<Pointer>> sets;
  for (unsigned i = 0; i < set_count; ++i) sets.emplace_back(config.replacement, config.ways_in_use());
  const auto set_of = [&](uint64_t va, unsigned level) -> auto& { return sets[va / Pointer{.va = va, .level = level, .asid = 0, .is_global = false}.span() % set_count]; };
  uint64_t hits = 0, evictions = 0, dropped = 0;
  for (int step = 0; step < 20'000; ++step) {
    // Four regions of 1 GiB with a few tables each; the upper two are global.
    const uint64_t va = (random() % 4 << 30) + (random() % 5 << 21) + random() % (1 << 21);
    const bool is_global = va >> 31 != 0;
    const auto asid = static_cast<uint16_t>(random() % 3), space = static_cast<uint16_t>(asid % (1u << asid_bits));
    if (random() % 100 == 0) {
      FenceOperands operands;
      if (random() % 2 == 0) operands.va = va;
      if (random() % 2 == 0) operands.asid = asid;
      unsigned expected = 0;
      if (!operands.va)
        for (auto& set : sets) expected += set.erase([&](const Pointer& p) { return !operands.asid || (!p.is_global && p.asid == space); });
      ASSERT_EQ(cache.fence(operands), expected);
      dropped += expected;
      continue;
    }
    int expected = -1;
    for (unsigned level = 1; level <= 2 && expected < 0; ++level) {
      auto& set = set_of(va, level);
      const auto way = set.find([&](const Pointer& p) { return p.level == level && p.leads_to(va, space); });
      if (!way) continue;
      expected = static_cast<int>(level);
      set.hit(*way);
    }
    ASSERT_EQ(cache.lookup(va, asid), expected) << "step " << step;
    hits += expected >= 0;
    for (unsigned level = expected < 0 ? 2 : static_cast<unsigned>(expected) - 1; level > 0; --level) {
      auto& set = set_of(va, level);
      const auto place = set.place();
      ASSERT_TRUE(place);
      evictions += set.at(*place).has_value();
      set.put(*place, {va, level, space, is_global});
      cache.insert(va, asid, level, is_global);
    }
  }
  EXPECT_EQ(cache.stats().hits, hits);
  EXPECT_EQ(cache.stats().evictions, evictions);
  EXPECT_EQ(cache.stats().dropped[0] + cache.stats().dropped[1], dropped);
  EXPECT_GT(hits, 2'000u);
  EXPECT_GT(evictions, 100u);
}

TEST(WalkCache, EveryPolicyDoesWhatAPlainSimulatorDoes) {
  unsigned seed = 0;
  for (const ReplacementPolicy policy : {ReplacementPolicy::kFifo, ReplacementPolicy::kLru, ReplacementPolicy::kPlru})
    for (const WalkCacheConfig& config : {WalkCacheConfig{8, 0, policy}, WalkCacheConfig{16, 4, policy}, WalkCacheConfig{8, 1, policy}})
      for (const unsigned asid_bits : {16u, 1u, 0u}) {
        SCOPED_TRACE(testing::Message() << "policy " << int(policy) << ", ways " << config.ways << ", ASID bits " << asid_bits);
        compare_with_simulator(config, asid_bits, ++seed);
      }
}

TEST(WalkCache, TheLowestPointerIsFound) {
  WalkCache cache({8, 0, ReplacementPolicy::kLru}, 16, true, 1, reference::a_clock());
  cache.insert(0x1234'5678, 1, 2, false);
  EXPECT_EQ(cache.lookup(0x1234'5678, 1), 2);
  cache.insert(0x1234'5678, 1, 1, false);
  EXPECT_EQ(cache.lookup(0x1234'5678, 1), 1);
  EXPECT_EQ(cache.lookup(0x1234'5678, 2), -1);
  EXPECT_EQ(cache.lookup(0x1254'5678, 1), 2);
}

}  // namespace
}  // namespace rvx
