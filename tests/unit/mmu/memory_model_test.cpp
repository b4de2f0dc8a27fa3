// Rules of the whole memory model: references of walks, cycles by cause, levels of TLBs and caches, shared caches.
#include "mmu/model/memory_model.hpp"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <random>
#include <string>

#include "tests/unit/mmu/model_walks.hpp"

namespace rvx {
namespace {

using model_walks::small_core;
using model_walks::Tables;
using model_walks::without_caches;

constexpr auto kAllPolicies = {ReplacementPolicy::kFifo, ReplacementPolicy::kRandom, ReplacementPolicy::kLru, ReplacementPolicy::kPlru};

uint64_t references(const MemoryModel& model) {
  uint64_t sum = 0;
  for (const uint64_t level : model.stats().walk_references) sum += level;
  return sum;
}

ModelConfig only_tlbs() {
  ModelConfig config = without_caches(small_core(ReplacementPolicy::kLru));
  config.walk_cache = {};
  config.l2_tlb = {};
  return config;
}

// --- Walks ------------------------------------------------------------------------------------------

TEST(MemoryModel, AWalkReadsOneEntryForEachLevelDownToTheLeaf) {
  const struct {
    unsigned levels;
    PageSize size;
    unsigned references;
  } kCases[] = {{3, PageSize::k4K, 3}, {4, PageSize::k4K, 4}, {5, PageSize::k4K, 5}, {3, PageSize::k2M, 2}, {3, PageSize::k1G, 1}, {3, PageSize::k64K, 3}};
  for (const auto& c : kCases) {
    MemoryModel model(only_tlbs(), 0);
    EXPECT_EQ((Tables{.levels = c.levels, .size = c.size}.access(model, 0x1234'5678, 1)), c.references * 101u);
    EXPECT_EQ(references(model), c.references);
    EXPECT_EQ(model.stats().walks[static_cast<size_t>(Access::kLoad)], 1u);
  }
}

TEST(MemoryModel, MissesAfterAFullFlushAreThePagesTouchedAndReferencesThreeForEach) {
  for (const ReplacementPolicy policy : kAllPolicies) {
    ModelConfig config = without_caches(small_core(policy));
    config.walk_cache = {};
    MemoryModel model(config, 0);
    constexpr unsigned kRounds = 10, kPages = 8;
    for (unsigned round = 0; round < kRounds; ++round) {
      model.fence({});
      for (int repeat = 0; repeat < 3; ++repeat)
        for (uint64_t page = 0; page < kPages; ++page) Tables{}.access(model, page << kPageShift, 1);
    }
    EXPECT_EQ(model.l1d_tlb().stats().misses[static_cast<size_t>(Access::kLoad)], kRounds * kPages);
    EXPECT_EQ(references(model), 3 * kRounds * kPages);
    EXPECT_EQ(model.l1d_tlb().array_stats().dropped[0], (kRounds - 1) * kPages);
  }
}

TEST(MemoryModel, TheWalkCacheLeavesTheLeafToRead) {
  ModelConfig config = only_tlbs();
  config.walk_cache = {.entries = 8, .ways = 0, .replacement = ReplacementPolicy::kLru};
  MemoryModel model(config, 0);
  EXPECT_EQ(Tables{}.access(model, 0x0000, 1), 303u);
  EXPECT_EQ(Tables{}.access(model, 0x1000, 1), 101u);             // the same table of leaves
  EXPECT_EQ(Tables{}.access(model, 0x20'0000, 1), 202u);          // another one, the same table above
  EXPECT_EQ(Tables{}.access(model, uint64_t{1} << 30, 1), 303u);  // another entry of the root
  EXPECT_EQ(Tables{}.access(model, 0x2000, 2), 303u);             // another address space
  model.fence({.va = 0x0000});                                    // orders leaf entries only
  EXPECT_EQ(Tables{}.access(model, 0x0000, 1), 101u);
  model.fence({.asid = 1});
  EXPECT_EQ(Tables{}.access(model, 0x0000, 1), 303u);
  EXPECT_EQ(Tables{}.access(model, 0x3000, 2), 101u);
  model.fence({});
  EXPECT_EQ(Tables{}.access(model, 0x4000, 2), 303u);
}

TEST(MemoryModel, PointersToGlobalPagesServeEverySpaceAndStayWithAnAsidFence) {
  ModelConfig config = only_tlbs();
  config.walk_cache = {.entries = 8, .ways = 0, .replacement = ReplacementPolicy::kLru};
  MemoryModel model(config, 0);
  const Tables kernel{.is_global = true};
  EXPECT_EQ(kernel.access(model, 0x0000, 1), 303u);
  EXPECT_EQ(kernel.access(model, 0x1000, 2), 101u);
  EXPECT_EQ(kernel.access(model, 0x0000, 2), 0u);
  model.fence({.asid = 1});
  EXPECT_EQ(kernel.access(model, 0x0000, 1), 0u);
  EXPECT_EQ(kernel.access(model, 0x2000, 1), 101u);
}

TEST(MemoryModel, AWalkThatFaultsCostsItsReferencesAndFillsNothing) {
  MemoryModel model(only_tlbs(), 0);
  for (int i = 0; i < 2; ++i) {
    const uint64_t cycles = model.access(0x1000, 1, 8, Access::kStore, [](ModelWalk& steps) {
      steps.note(0x8000, pte::kV, 2);
      steps.note(0x9000, 0, 1);
      return std::optional<ModelTranslation>{};
    });
    EXPECT_EQ(cycles, 202u);
  }
  EXPECT_EQ(model.stats().walks[static_cast<size_t>(Access::kStore)], 2u);
  EXPECT_EQ(model.l1d_tlb().pages(), 0u);
}

TEST(MemoryModel, WritingADirtyBitCostsAnUpdateAndReplacesTheEntry) {
  MemoryModel model(only_tlbs(), 0);
  Tables{}.access(model, 0x1000, 1);
  ModelWalk steps;
  std::optional<ModelTranslation> found = Tables{}.walk(0x1000, 1, steps);
  found->leaf |= uint64_t{1} << 8;
  steps.updated = true;
  const uint64_t before = model.account().total();
  const MemoryModel::Use use = model.walked(0x1000, 1, Access::kStore, steps, found);
  EXPECT_EQ(model.account().total() - before, 308u);
  EXPECT_EQ(model.account().of(CycleCause::kWalkUpdate), 5u);
  EXPECT_EQ(use.entry->leaf, found->leaf);
  EXPECT_EQ(model.l1d_tlb().pages(), 1u);
}

// --- Levels of TLBs ---------------------------------------------------------------------------------

TEST(MemoryModel, TheSecondLevelAnswersWhatTheFirstHasLost) {
  MemoryModel model(without_caches(small_core(ReplacementPolicy::kLru)), 0);
  for (uint64_t page = 0; page < 16; ++page) Tables{}.access(model, page << kPageShift, 1);
  for (uint64_t page = 0; page < 16; ++page) EXPECT_EQ(Tables{}.access(model, page << kPageShift, 1), 7u);
  EXPECT_EQ(Tables{}.access(model, 0x1000, 1, Access::kFetch), 7u);  // shared by fetches and data
  EXPECT_EQ(model.l2_tlb().stats().misses[static_cast<size_t>(Access::kLoad)], 16u);
  EXPECT_EQ(model.account().of(CycleCause::kL2Tlb), 17 * 7u);
}

TEST(MemoryModel, ASizeThatTheFirstLevelDoesNotHoldIsSplitAndTheSecondLeavesItOut) {
  MemoryModel model(without_caches(small_core(ReplacementPolicy::kLru)), 0);
  const Tables gigabytes{.size = PageSize::k1G};
  EXPECT_EQ(gigabytes.access(model, 0x4000'0000, 1), 101u);
  EXPECT_EQ(gigabytes.access(model, 0x401f'ffff, 1, Access::kLoad, 1), 0u);  // 2 MiB are held
  EXPECT_EQ(gigabytes.access(model, 0x4020'0000, 1), 101u);
  EXPECT_EQ(model.l2_tlb().pages(), 0u);
  EXPECT_EQ(model.translate(0x4012'3456, 1, Access::kLoad).entry->physical_of(0x4012'3456), gigabytes.physical(0x4012'3456, 1));
}

TEST(MemoryModel, ArraysForDifferentSizesStandSideBySide) {
  ModelConfig config = only_tlbs();
  config.l1d_tlb = {{.entries = 2, .ways = 0, .replacement = ReplacementPolicy::kLru, .page_sizes = model_walks::sizes({PageSize::k4K})},
                    {.entries = 1, .ways = 0, .replacement = ReplacementPolicy::kLru, .page_sizes = model_walks::sizes({PageSize::k2M})}};
  MemoryModel model(config, 0);
  const Tables large{.size = PageSize::k2M};
  large.access(model, 0x20'0000, 1);
  for (const uint64_t va : {0x1000, 0x2000, 0x3000}) Tables{}.access(model, va, 1);
  EXPECT_EQ(large.access(model, 0x20'0000, 1), 0u);
  EXPECT_EQ(model.translate(0x20'0000, 1, Access::kLoad).index, 2u);
  EXPECT_EQ(large.access(model, 0x40'0000, 1), 202u);
  EXPECT_EQ(large.access(model, 0x20'0000, 1), 202u);
  EXPECT_EQ(model.l1d_tlb().pages(), 3u);
}

// --- Caches -----------------------------------------------------------------------------------------

TEST(MemoryModel, EveryLineOfAnAccessIsTouched) {
  MemoryModel model(small_core(ReplacementPolicy::kLru), 0);
  model.touch(0x103c, 8, Access::kLoad);
  EXPECT_EQ(model.account().of(CycleCause::kLoadMemory), 2 * 103u);
  model.touch(0x1000, 64, Access::kFetch);
  EXPECT_EQ(model.account().of(CycleCause::kFetchL2), 13u);
}

TEST(MemoryModel, ALineThatAnInclusiveSecondLevelLosesLeavesTheFirst) {
  for (const bool inclusive : {true, false}) {
    ModelConfig config = small_core(ReplacementPolicy::kFifo);
    config.l2->inclusive = inclusive;
    MemoryModel model(config, 0);
    model.touch(0x0000, 8, Access::kStore);
    // Four more lines of its set in the second level; fetches, so that the first level of data is left alone.
    for (uint64_t i = 1; i <= 4; ++i) model.touch(i * 2048, 8, Access::kFetch);
    EXPECT_FALSE(model.l2()->cache.holds(0x0000));
    EXPECT_EQ(model.l1d()->holds(0x0000), !inclusive);
    EXPECT_EQ(model.l1d()->stats().invalidations, inclusive ? 1u : 0u);
    EXPECT_EQ(model.account().of(CycleCause::kWriteBack), inclusive ? 17u : 0u);
  }
}

TEST(MemoryModel, DirtyLinesGoDownALevelAndThenToMemory) {
  ModelConfig config = small_core(ReplacementPolicy::kLru);
  config.l2->inclusive = false;
  MemoryModel model(config, 0);
  for (uint64_t i = 0; i < 3; ++i) model.touch(i * 512, 8, Access::kStore);  // one set of two ways
  EXPECT_EQ(model.l1d()->stats().dirty_evictions, 1u);
  EXPECT_EQ(model.account().of(CycleCause::kWriteBack), 0u);
  for (uint64_t i = 1; i <= 4; ++i) model.touch(i * 2048, 8, Access::kFetch);
  EXPECT_EQ(model.l2()->cache.stats().dirty_evictions, 1u);
  EXPECT_EQ(model.account().of(CycleCause::kWriteBack), 17u);
}

TEST(MemoryModel, AWriteThroughCachePassesStoresThatHitOnForNothing) {
  ModelConfig config = small_core(ReplacementPolicy::kLru);
  config.l1d->write_back = false;
  MemoryModel model(config, 0);
  model.touch(0x1000, 8, Access::kLoad);
  const uint64_t before = model.account().total();
  model.touch(0x1000, 8, Access::kStore);
  EXPECT_EQ(model.account().total(), before);
  EXPECT_EQ(model.l2()->cache.stats().accesses[1], 1u);
}

TEST(MemoryModel, HartsOnOneSecondLevelSeeEachOthersLinesThere) {
  const ModelConfig config = small_core(ReplacementPolicy::kLru);
  const auto shared = std::make_shared<LowerCache>(*config.l2, 1);
  MemoryModel first(config, 0, shared);
  {
    MemoryModel second(config, 1, shared);
    first.touch(0x0000, 8, Access::kLoad);
    second.touch(0x0000, 8, Access::kLoad);
    EXPECT_EQ(first.account().total(), 103u);
    EXPECT_EQ(second.account().total(), 13u);
    for (uint64_t i = 1; i <= 4; ++i) second.touch(i * 2048, 8, Access::kFetch);
    EXPECT_FALSE(first.l1d()->holds(0x0000));
    EXPECT_EQ(shared->above.size(), 2u);
  }
  EXPECT_EQ(shared->above.size(), 1u);
}

TEST(MemoryModel, WhatADeviceHasWrittenIsInNoCache) {
  MemoryModel model(small_core(ReplacementPolicy::kLru), 0);
  for (const uint64_t line : {0x1000, 0x1040, 0x1080}) model.touch(line, 8, Access::kLoad);
  model.invalidate_lines(0x1044, 8);
  EXPECT_TRUE(model.l1d()->holds(0x1000));
  EXPECT_FALSE(model.l1d()->holds(0x1040));
  EXPECT_FALSE(model.l2()->cache.holds(0x1040));
  EXPECT_TRUE(model.l2()->cache.holds(0x1080));
}

TEST(MemoryModel, WalksReadThroughTheCacheThatTheCoreSays) {
  for (const auto through : {WalkThrough::kL1d, WalkThrough::kL2, WalkThrough::kMemory}) {
    ModelConfig config = small_core(ReplacementPolicy::kLru);
    config.walk_cache = {};
    config.l2_tlb = {};
    config.l1d->ways = 0;  // the three entries are in lines of one set
    config.walks_through = through;
    MemoryModel model(config, 0);
    for (int i = 0; i < 2; ++i) {
      model.fence({});
      Tables{}.access(model, 0x1000, 1, Access::kFetch);
    }
    EXPECT_EQ(model.account().of(CycleCause::kWalkL1), through == WalkThrough::kL1d ? 3 * 2u : 0u);
    EXPECT_EQ(model.account().of(CycleCause::kWalkL2), through == WalkThrough::kL2 ? 3 * 11u : 0u);
    EXPECT_EQ(model.account().of(CycleCause::kWalkMemory), (through == WalkThrough::kMemory ? 6 : 3) * 101u);
  }
}

TEST(MemoryModel, CachesWithoutTlbsChargeNoWalks) {
  ModelConfig config = small_core(ReplacementPolicy::kLru);
  config.l1i_tlb.clear(), config.l1d_tlb.clear(), config.l2_tlb.clear();
  MemoryModel model(config, 0);
  EXPECT_EQ(Tables{}.access(model, 0x1000, 1), 103u);
  EXPECT_EQ(Tables{}.access(model, 0x1000, 1), 0u);
  EXPECT_EQ(references(model), 0u);
}

// --- Accounting -------------------------------------------------------------------------------------

TEST(MemoryModel, EventsCostWhatTheConfigurationSays) {
  MemoryModel model(small_core(ReplacementPolicy::kLru), 0);
  model.enter(Priv::kU);
  model.retired(1000);
  model.took_trap();
  model.enter(Priv::kS);
  model.wrote_satp();
  model.fence({});
  model.sent_ipi();
  model.awaited_fences(3);
  model.returned_from_trap();
  EXPECT_EQ(model.account().of(Priv::kU), 1019u);
  EXPECT_EQ(model.account().of(Priv::kS), 31u + 29 + 37 + 3 * 41 + 23);
  EXPECT_EQ(model.account().of(Priv::kM), 0u);
}

TEST(MemoryModel, CausesSumToTheTotalExactly) {
  for (const ReplacementPolicy policy : kAllPolicies) {
    MemoryModel model(small_core(policy), 0);
    std::mt19937 random(static_cast<unsigned>(policy));
    uint64_t returned = 0, charged = 0;
    for (int i = 0; i < 20'000; ++i) {
      model.enter(static_cast<Priv>(random() % 2));
      const Tables tables{.size = random() % 8 == 0 ? PageSize::k2M : PageSize::k4K, .is_global = random() % 4 == 0};
      returned += tables.access(model, (random() % 64 << kPageShift) + random() % 4088, static_cast<uint16_t>(random() % 3), static_cast<Access>(random() % 3));
      if (random() % 100 == 0) model.fence({}), charged += 29;
      if (random() % 10 == 0) model.retired(5), charged += 5;
    }
    std::map<std::string, uint64_t> counters;
    model.each_counter(false, [&](const std::string& name, uint64_t value) { EXPECT_TRUE(counters.emplace(name, value).second) << name; });
    uint64_t sum = 0, positive = 0;
    for (const CycleCauseRow& row : kCycleCauses) sum += counters.at("cycles." + std::string(row.name)), positive += counters.at("cycles." + std::string(row.name)) > 0;
    EXPECT_EQ(sum, model.account().total());
    EXPECT_EQ(sum, counters.at("cycles"));
    EXPECT_EQ(sum, returned + charged);
    EXPECT_EQ(counters.at("cycles-in.u") + counters.at("cycles-in.s") + counters.at("cycles-in.m"), sum);
    EXPECT_GE(positive, 12u);
  }
}

// --- The whole against a plain simulator ------------------------------------------------------------

// An LRU list of numbers.
class Recent {
 public:
  explicit Recent(size_t size) : size_(size) {}
  bool use(uint64_t number) {
    const bool was_here = erase(number);
    list_.push_front(number);
    if (list_.size() > size_) list_.pop_back();
    return was_here;
  }
  bool erase(uint64_t number) {
    for (auto i = list_.begin(); i != list_.end(); ++i)
      if (*i == number) return list_.erase(i), true;
    return false;
  }
  void clear() { list_.clear(); }

 private:
  size_t size_;
  std::list<uint64_t> list_;
};

TEST(MemoryModel, CyclesAreThoseOfAPlainSimulatorUnderLru) {
  ModelConfig config = small_core(ReplacementPolicy::kLru);
  config.walk_cache = {};
  config.l2_tlb[0].ways = 0;
  config.l1d->ways = 0;  // 16 lines
  config.l2->ways = 0;   // 128 lines
  config.l2->inclusive = false;
  config.cycles.write_back = 0;
  MemoryModel model(config, 0);
  Recent l1_tlb(8), l2_tlb(32), l1(16), l2(128);
  uint64_t cycles = 0;
  const auto line = [&](uint64_t physical, unsigned in_l1, unsigned in_l2, unsigned in_memory) {
    if (l1.use(physical / 64)) {
      cycles += in_l1;
    } else {
      cycles += l2.use(physical / 64) ? in_l2 : in_memory;
    }
  };
  std::mt19937 random(1);
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t va = (random() % (1 + random() % 64) << kPageShift) + random() % 16 * 64;
    const auto asid = static_cast<uint16_t>(random() % 2);
    const uint64_t page = (va >> kPageShift) * 2 + asid;
    if (!l1_tlb.use(page)) {
      if (l2_tlb.use(page)) {
        cycles += 7;
      } else {
        for (int level = 2; level >= 0; --level) line(Tables{}.pte_address(va, asid, static_cast<unsigned>(level)), 2, 11, 101);
      }
    }
    line(Tables{}.physical(va, asid), 0, 13, 103);
    Tables{}.access(model, va, asid);
    if (random() % 500 == 0) {
      l1_tlb.clear(), l2_tlb.clear();
      cycles += 29;
      model.fence({});
    }
    ASSERT_EQ(model.account().total(), cycles) << "after access " << i;
  }
}

}  // namespace
}  // namespace rvx
