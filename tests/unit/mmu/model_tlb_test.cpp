// Rules of a modelled TLB: each policy against a plain simulator, fences, ASIDs, global pages, page sizes, sectors.
#include "mmu/model/model_tlb.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "tests/unit/mmu/reference_sets.hpp"

namespace rvx {
namespace {

constexpr auto kAllPolicies = {ReplacementPolicy::kFifo, ReplacementPolicy::kRandom, ReplacementPolicy::kLru, ReplacementPolicy::kPlru};

PageSizes sizes(std::initializer_list<PageSize> list) {
  PageSizes sizes;
  for (const PageSize size : list) sizes.add(size);
  return sizes;
}

TlbConfig geometry(unsigned entries, unsigned ways, ReplacementPolicy policy = ReplacementPolicy::kLru,
                   PageSizes held = sizes({PageSize::k4K})) {
  return {.entries = entries, .ways = ways, .replacement = policy, .page_sizes = held};
}

ModelTlb make(const TlbConfig& config, unsigned asid_bits = 16, bool global_pages = true) { return {config, asid_bits, global_pages, 1, reference::a_clock()}; }

constexpr auto kNobody = [](unsigned) {};

// Look up; walk and insert on a miss. Whether it hit.
bool access(ModelTlb& tlb, uint64_t va, uint16_t asid = 1, bool is_global = false, PageSize size = PageSize::k4K) {
  if (tlb.lookup(va, asid)) return true;
  tlb.insert({.va = va, .physical = va + (uint64_t{1} << 50), .asid = asid, .is_global = is_global, .size = size}, kNobody);
  return false;
}

// --- Against the simulator --------------------------------------------------------------------------

struct Page {
  uint64_t number;
  PageSize size;
  uint16_t asid;
  bool is_global;

  [[nodiscard]] bool covers(uint64_t va) const { return va / page_bytes(size) == number; }
};

class TlbAgainstReference {
 public:
  TlbAgainstReference(const TlbConfig& config, unsigned asid_bits, unsigned seed)
      : config_(config), asid_bits_(asid_bits), tlb_(config, asid_bits, true, seed, reference::a_clock()), random_(seed) {
    for (unsigned i = 0; i < config.sets(); ++i) sets_.emplace_back(config.replacement, config.ways_in_use());
    for (const PageSize size : {PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k1G})
      if (config.page_sizes.has(size)) held_.push_back(size);
  }

  void run(unsigned steps) {
    for (unsigned i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      if (pick(200) == 0) {
        fence();
      } else {
        access();
      }
    }
    EXPECT_EQ(tlb_.stats().hits, hits_);
    EXPECT_EQ(tlb_.stats().fills, fills_);
    EXPECT_EQ(tlb_.stats().evictions, evictions_);
    EXPECT_GT(hits_, steps / 20);
    if (config_.entries < 100) {
      EXPECT_GT(evictions_, steps / 100);
    }
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  unsigned low(unsigned below) { return pick(pick(pick(below) + 1) + 1); }  // small numbers often
  uint16_t truncated(uint16_t asid) const { return static_cast<uint16_t>(asid % (1u << asid_bits_)); }

  // An address space has each size in a region of its own, at the same addresses in all.
  void access() {
    const PageSize size = held_[pick(static_cast<unsigned>(held_.size()))];
    const uint64_t region = uint64_t{1} << 40 << static_cast<unsigned>(size);
    const bool is_global = pick(4) == 0;
    const uint64_t number = region / page_bytes(size) + low(config_.entries) + (is_global ? 4 * config_.entries : 0);
    const uint64_t va = number * page_bytes(size) + pick(4096);
    const auto asid = static_cast<uint16_t>(low(6));

    auto& set = sets_[number % sets_.size()];
    const auto way = set.find([&](const Page& page) { return page.covers(va) && (page.is_global || page.asid == truncated(asid)); });
    const ModelTlb::Hit hit = tlb_.lookup(va, asid);
    ASSERT_EQ(static_cast<bool>(hit), way.has_value());
    const auto first = static_cast<unsigned>(number % sets_.size()) * config_.ways_in_use();
    if (hit) {
      ++hits_;
      ASSERT_EQ(hit.slot, first + *way);
      set.hit(*way);
    } else {
      const auto place = set.place();
      const ModelTlb::Fill fill = tlb_.insert({.va = va, .physical = va, .asid = asid, .is_global = is_global, .size = size}, kNobody);
      ++fills_;
      if (place) {
        ASSERT_EQ(fill.slot, first + *place);
      }
      ASSERT_GE(fill.slot, first);
      ASSERT_LT(fill.slot, first + config_.ways_in_use());
      ASSERT_EQ(fill.replaced, set.at(fill.slot - first).has_value());
      evictions_ += fill.replaced;
      set.put(fill.slot - first, {number, size, truncated(asid), is_global});
    }
  }

  void fence() {
    FenceOperands operands;
    if (pick(3) != 0) {
      const PageSize size = held_[pick(static_cast<unsigned>(held_.size()))];
      operands.va = (uint64_t{1} << 40 << static_cast<unsigned>(size)) + low(config_.entries) * page_bytes(size) + pick(4096);
    }
    if (pick(2) == 0) operands.asid = static_cast<uint16_t>(low(6));
    unsigned expected = 0;
    for (auto& set : sets_) {
      // "Supervisor Memory-Management Fence Instruction", the four cases of rs1 and rs2.
      expected += set.erase([&](const Page& page) {
        if (!operands.va && !operands.asid) return true;
        if (!operands.va) return !page.is_global && page.asid == truncated(*operands.asid);
        if (!operands.asid) return page.covers(*operands.va);
        return page.covers(*operands.va) && !page.is_global && page.asid == truncated(*operands.asid);
      });
    }
    ASSERT_EQ(tlb_.fence(operands, kNobody), expected);
  }

  TlbConfig config_;
  unsigned asid_bits_;
  ModelTlb tlb_;
  std::mt19937 random_;
  std::vector<reference::Set<Page>> sets_;
  std::vector<PageSize> held_;
  uint64_t hits_ = 0, fills_ = 0, evictions_ = 0;
};

TEST(ModelTlb, EveryPolicyDoesWhatAPlainSimulatorDoes) {
  unsigned seed = 0;
  for (const ReplacementPolicy policy : kAllPolicies) {
    for (const TlbConfig& config :
         {geometry(8, 0, policy), geometry(16, 4, policy), geometry(32, 0, policy, sizes({PageSize::k4K, PageSize::k2M, PageSize::k1G})),
          geometry(64, 1, policy), geometry(128, 8, policy, sizes({PageSize::k4K, PageSize::k64K, PageSize::k2M}))}) {
      for (const unsigned asid_bits : {16u, 2u, 0u}) {
        SCOPED_TRACE(testing::Message() << "policy " << int(policy) << ", entries " << config.entries << ", ASID bits " << asid_bits);
        TlbAgainstReference(config, asid_bits, ++seed).run(10'000);
      }
    }
  }
}

TEST(ModelTlb, FifoLruAndRandomTakeAnyNumberOfWays) {
  for (const ReplacementPolicy policy : {ReplacementPolicy::kFifo, ReplacementPolicy::kRandom, ReplacementPolicy::kLru})
    for (const TlbConfig& config : {geometry(40, 0, policy), geometry(48, 12, policy), geometry(24, 3, policy)})
      TlbAgainstReference(config, 16, 7).run(10'000);
}

// --- Known counts -----------------------------------------------------------------------------------

TEST(ModelTlb, CyclicAccessBeyondTheReachAlwaysMissesUnderLruAndFifo) {
  for (const ReplacementPolicy policy : {ReplacementPolicy::kLru, ReplacementPolicy::kFifo}) {
    ModelTlb tlb = make(geometry(32, 0, policy));
    for (unsigned round = 0; round < 10; ++round)
      for (uint64_t page = 0; page < 33; ++page) EXPECT_FALSE(access(tlb, page << kPageShift));
    tlb.fence({}, kNobody);
    for (unsigned round = 0; round < 10; ++round)
      for (uint64_t page = 0; page < 32; ++page) EXPECT_EQ(access(tlb, page << kPageShift), round > 0);
  }
}

TEST(ModelTlb, RandomReplacementKeepsSomeOfACycleBeyondTheReach) {
  ModelTlb tlb = make(geometry(64, 0, ReplacementPolicy::kRandom));
  unsigned misses = 0;
  constexpr unsigned kRounds = 2000, kPages = 80;
  for (unsigned round = 0; round < kRounds; ++round)
    for (uint64_t page = 0; page < kPages; ++page) misses += !access(tlb, page << kPageShift);
  // In the steady state the rate m of misses satisfies m = 1 - (1 - 1/64)^(79 m): an entry survives a round
  // of 79 other accesses if none of their misses evicts it.
  double rate = 1;
  for (int i = 0; i < 1000; ++i) rate = 1 - std::pow(1 - 1.0 / 64, 79 * rate);
  EXPECT_NEAR(double(misses) / (kRounds * kPages), rate, 0.02);
}

TEST(ModelTlb, AFullFlushCostsOneMissForEveryPageTouched) {
  for (const ReplacementPolicy policy : kAllPolicies) {
    ModelTlb tlb = make(geometry(64, 4, policy));
    unsigned before = 0;
    for (const unsigned pages : {1u, 7u, 64u}) {
      unsigned misses = 0;
      for (int round = 0; round < 5; ++round) {
        EXPECT_EQ(tlb.fence({}, kNobody), before);
        before = pages;
        for (int repeat = 0; repeat < 3; ++repeat)
          for (uint64_t page = 0; page < pages; ++page) misses += !access(tlb, page << kPageShift);
      }
      EXPECT_EQ(misses, 5 * pages);
    }
  }
}

// --- Fences -----------------------------------------------------------------------------------------

class ModelTlbFence : public ::testing::Test {
 protected:
  ModelTlbFence() : tlb_(make(geometry(32, 0, ReplacementPolicy::kLru, sizes({PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k1G})))) {
    access(tlb_, 0x1000, 1);
    access(tlb_, 0x1000, 2);
    access(tlb_, 0x2000, 1);
    access(tlb_, kGlobal, 1, true);
    access(tlb_, kLarge, 1, false, PageSize::k2M);
    access(tlb_, kNapot, 2, false, PageSize::k64K);
    EXPECT_EQ(tlb_.pages(), 6u);
  }
  bool has(uint64_t va, uint16_t asid) const { return static_cast<bool>(tlb_.peek(va, asid)); }

  static constexpr uint64_t kGlobal = 0x8000'0000, kLarge = 0x4000'0000, kNapot = 0x2'0000;
  ModelTlb tlb_;
};

TEST_F(ModelTlbFence, WithoutOperandsDropsEverything) {
  EXPECT_EQ(tlb_.fence({}, kNobody), 6u);
  EXPECT_EQ(tlb_.pages(), 0u);
  EXPECT_EQ(tlb_.stats().dropped[static_cast<size_t>(FenceKind::kAll)], 6u);
}

TEST_F(ModelTlbFence, WithAnAsidLeavesOtherSpacesAndGlobalPages) {
  EXPECT_EQ(tlb_.fence({.asid = 1}, kNobody), 3u);
  EXPECT_FALSE(has(0x1000, 1));
  EXPECT_FALSE(has(0x2000, 1));
  EXPECT_FALSE(has(kLarge, 1));
  EXPECT_TRUE(has(0x1000, 2));
  EXPECT_TRUE(has(kNapot, 2));
  EXPECT_TRUE(has(kGlobal, 1));
  EXPECT_EQ(tlb_.stats().dropped[static_cast<size_t>(FenceKind::kAsid)], 3u);
}

TEST_F(ModelTlbFence, WithAnAddressDropsItInEverySpace) {
  EXPECT_EQ(tlb_.fence({.va = 0x1fff}, kNobody), 2u);
  EXPECT_TRUE(has(0x2000, 1));
  EXPECT_EQ(tlb_.fence({.va = kGlobal}, kNobody), 1u);
  EXPECT_FALSE(has(kGlobal, 1));
  EXPECT_EQ(tlb_.stats().dropped[static_cast<size_t>(FenceKind::kAddress)], 3u);
}

TEST_F(ModelTlbFence, WithBothDropsNoGlobalPage) {
  EXPECT_EQ(tlb_.fence({.va = 0x1000, .asid = 2}, kNobody), 1u);
  EXPECT_TRUE(has(0x1000, 1));
  EXPECT_EQ(tlb_.fence({.va = kGlobal, .asid = 1}, kNobody), 0u);
  EXPECT_TRUE(has(kGlobal, 1));
  EXPECT_EQ(tlb_.stats().dropped[static_cast<size_t>(FenceKind::kAddressAndAsid)], 1u);
}

TEST_F(ModelTlbFence, AnyAddressInALargePageDropsIt) {
  EXPECT_EQ(tlb_.fence({.va = kLarge + 0x1f'fabc}, kNobody), 1u);
  EXPECT_FALSE(has(kLarge, 1));
  EXPECT_EQ(tlb_.fence({.va = kNapot + 0xf000, .asid = 2}, kNobody), 1u);
  EXPECT_EQ(tlb_.fence({.va = kLarge + 0x20'0000}, kNobody), 0u);
}

TEST_F(ModelTlbFence, TellsWhichSlotsLostAPage) {
  std::set<unsigned> expected, lost;
  for (const uint64_t va : {uint64_t{0x1000}, uint64_t{0x2000}, kLarge}) expected.insert(tlb_.peek(va, 1).slot);
  tlb_.fence({.asid = 1}, [&](unsigned slot) { lost.insert(slot); });
  EXPECT_EQ(lost, expected);
}

// --- Address spaces and global pages ------------------------------------------------------------------

TEST(ModelTlb, AsidsAreComparedInTheBitsThatTheCoreHas) {
  ModelTlb tlb = make(geometry(8, 0), 4);
  access(tlb, 0x1000, 0x13);
  EXPECT_TRUE(tlb.peek(0x1000, 0x13));
  EXPECT_TRUE(tlb.peek(0x1000, 0x03));
  EXPECT_TRUE(tlb.peek(0x1000, 0xfff3));
  EXPECT_FALSE(tlb.peek(0x1000, 0x14));
  EXPECT_EQ(tlb.fence({.asid = 0xa3}, kNobody), 1u);
}

// A core without ASIDs takes every space for the same: a switch without a fence finds the old space's pages.
TEST(ModelTlb, WithoutAsidBitsASwitchNeedsAFence) {
  ModelTlb tlb = make(geometry(8, 0), 0);
  tlb.insert({.va = 0x1000, .physical = 0xa000, .asid = 1}, kNobody);
  ASSERT_TRUE(tlb.peek(0x1000, 2));
  EXPECT_EQ(tlb.peek(0x1000, 2).entry->physical_of(0x1008), 0xa008u);
  EXPECT_EQ(tlb.fence({.asid = 2}, kNobody), 1u);
  EXPECT_FALSE(tlb.peek(0x1000, 2));
}

TEST(ModelTlb, AGlobalPageServesEverySpace) {
  ModelTlb tlb = make(geometry(8, 0));
  access(tlb, 0x1000, 1, true);
  EXPECT_TRUE(access(tlb, 0x1000, 2, true));
  EXPECT_EQ(tlb.pages(), 1u);
}

TEST(ModelTlb, ACoreWithoutTheGlobalBitKeepsAPageForEachSpace) {
  ModelTlb tlb = make(geometry(8, 0), 16, false);
  access(tlb, 0x1000, 1, true);
  EXPECT_FALSE(access(tlb, 0x1000, 2, true));
  EXPECT_EQ(tlb.pages(), 2u);
  EXPECT_EQ(tlb.fence({.va = 0x1000, .asid = 2}, kNobody), 1u);
}

// --- Pages ------------------------------------------------------------------------------------------

TEST(ModelTlb, OneEntryServesAllOfALargePage) {
  ModelTlb tlb = make(geometry(8, 2, ReplacementPolicy::kLru, sizes({PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k1G})));
  tlb.insert({.va = 0x4012'3456, .physical = 0x8012'3456, .asid = 1, .size = PageSize::k2M}, kNobody);
  EXPECT_EQ(tlb.peek(0x401f'ffff, 1).entry->physical_of(0x401f'ffff), 0x801f'ffffu);
  EXPECT_EQ(tlb.peek(0x4000'0008, 1).entry->physical_of(0x4000'0008), 0x8000'0008u);
  EXPECT_FALSE(tlb.peek(0x4020'0000, 1));
  EXPECT_FALSE(tlb.peek(0x3fff'ffff, 1));
  tlb.insert({.va = 0x7'0000, .physical = 0x9'0000, .asid = 1, .size = PageSize::k64K}, kNobody);
  EXPECT_EQ(tlb.peek(0x7'f008, 1).entry->physical_of(0x7'f008), 0x9'f008u);
  EXPECT_FALSE(tlb.peek(0x8'0000, 1));
}

TEST(ModelTlb, AStaleEntryStaysUntilAFence) {
  ModelTlb tlb = make(geometry(8, 0));
  tlb.insert({.va = 0x1000, .physical = 0xa000, .leaf = 7, .asid = 1}, kNobody);
  EXPECT_EQ(tlb.lookup(0x1000, 1).entry->physical, 0xa000u);
  EXPECT_EQ(tlb.lookup(0x1000, 1).entry->leaf, 7u);
}

TEST(ModelTlb, APageStandsInOneSlotOnly) {
  ModelTlb tlb = make(geometry(8, 0));
  const unsigned slot = tlb.insert({.va = 0x1000, .physical = 0xa000, .asid = 1}, kNobody).slot;
  const ModelTlb::Fill again = tlb.insert({.va = 0x1800, .physical = 0xb800, .asid = 1}, kNobody);
  EXPECT_EQ(again.slot, slot);
  EXPECT_TRUE(again.replaced);
  EXPECT_EQ(tlb.pages(), 1u);
  EXPECT_EQ(tlb.peek(0x1000, 1).entry->physical, 0xb000u);
}

// Page tables that have changed without a fence: what stood for the address goes, whatever its size.
TEST(ModelTlb, AFillTakesThePlaceOfPagesOfOtherSizes) {
  ModelTlb tlb = make(geometry(8, 0, ReplacementPolicy::kLru, sizes({PageSize::k4K, PageSize::k64K, PageSize::k2M})));
  tlb.insert({.va = 0x20'1000, .physical = 0xa000, .asid = 1}, kNobody);
  const unsigned small = tlb.peek(0x20'1000, 1).slot;
  tlb.insert({.va = 0x20'2000, .physical = 0xc000, .asid = 1}, kNobody);
  tlb.insert({.va = 0x20'1000, .physical = 0xd000, .asid = 2}, kNobody);
  std::vector<unsigned> lost;
  const auto note = [&](unsigned slot) { lost.push_back(slot); };
  tlb.insert({.va = 0x20'1008, .physical = 0x4000'1008, .asid = 1, .size = PageSize::k2M}, note);
  EXPECT_EQ(lost, std::vector{small});
  EXPECT_EQ(tlb.peek(0x20'1000, 1).entry->size, PageSize::k2M);
  EXPECT_EQ(tlb.peek(0x20'2000, 1).entry->physical, 0xc000u);  // not asked about
  EXPECT_EQ(tlb.peek(0x20'1000, 2).entry->physical, 0xd000u);  // another space's
  EXPECT_EQ(tlb.pages(), 3u);
  EXPECT_EQ(tlb.stats().evictions, 1u);
  // And the smaller the larger's.
  const unsigned large = tlb.peek(0x20'1000, 1).slot;
  lost.clear();
  tlb.insert({.va = 0x20'1000, .physical = 0xe000, .asid = 1}, note);
  EXPECT_EQ(lost, std::vector{large});
  EXPECT_FALSE(tlb.peek(0x20'3000, 1));
}

TEST(ModelTlb, AGlobalPageTakesThePlaceOfEverySpacesOwn) {
  ModelTlb tlb = make(geometry(8, 0, ReplacementPolicy::kLru, sizes({PageSize::k4K, PageSize::k2M})));
  for (const uint16_t asid : {1, 2, 3}) tlb.insert({.va = 0x1000, .physical = uint64_t{asid} << 20, .asid = asid}, kNobody);
  tlb.insert({.va = 0, .physical = 0, .asid = 4, .size = PageSize::k2M}, kNobody);
  std::set<unsigned> lost;
  const unsigned mine = tlb.peek(0x1000, 2).slot;
  const ModelTlb::Fill fill = tlb.insert({.va = 0x1000, .physical = 0xf000, .asid = 2, .is_global = true}, [&](unsigned slot) { lost.insert(slot); });
  EXPECT_EQ(lost.size() + fill.replaced, 4u);
  EXPECT_TRUE(lost.contains(mine) || fill.slot == mine);
  EXPECT_EQ(tlb.pages(), 1u);
  for (const uint16_t asid : {1, 2, 3, 4, 5}) EXPECT_EQ(tlb.peek(0x1000, asid).entry->physical, 0xf000u);
}

// --- Sectors ----------------------------------------------------------------------------------------

TEST(ModelTlb, NeighboursInASectorShareATag) {
  TlbConfig config = geometry(8, 0);
  config.sector = 4;
  ModelTlb tlb = make(config);
  for (const uint64_t page : {0, 1, 2, 3, 4}) EXPECT_FALSE(access(tlb, page << kPageShift));
  EXPECT_EQ(tlb.pages(), 5u);
  EXPECT_EQ(tlb.peek(0x0000, 1).slot, tlb.peek(0x3000, 1).slot);
  EXPECT_NE(tlb.peek(0x0000, 1).slot, tlb.peek(0x4000, 1).slot);
  // Two tags are all there are: a third sector takes the place of four pages.
  EXPECT_FALSE(access(tlb, 0x8000));
  EXPECT_EQ(tlb.pages(), 2u);
  EXPECT_EQ(tlb.stats().evictions, 4u);
  EXPECT_FALSE(tlb.peek(0x1000, 1));
}

TEST(ModelTlb, AFenceDropsOnePageOfASector) {
  TlbConfig config = geometry(8, 0);
  config.sector = 4;
  ModelTlb tlb = make(config);
  for (const uint64_t page : {0, 1, 2}) access(tlb, page << kPageShift);
  EXPECT_EQ(tlb.fence({.va = 0x1000}, kNobody), 1u);
  EXPECT_TRUE(tlb.peek(0x0000, 1));
  EXPECT_FALSE(tlb.peek(0x1000, 1));
  EXPECT_TRUE(tlb.peek(0x2000, 1));
}

TEST(ModelTlb, APageThatBecomesLocalLeavesTheSectorOfAnotherSpace) {
  TlbConfig config = geometry(8, 0);
  config.sector = 4;
  ModelTlb tlb = make(config);
  access(tlb, 0x0000, 1);
  access(tlb, 0x1000, 1, true);
  unsigned lost = kNoSlot;
  tlb.insert({.va = 0x1000, .physical = 0xb000, .asid = 2}, [&](unsigned slot) { lost = slot; });
  EXPECT_EQ(lost, tlb.peek(0x0000, 1).slot);
  EXPECT_EQ(tlb.peek(0x1000, 2).entry->physical, 0xb000u);
  EXPECT_FALSE(tlb.peek(0x1000, 1));
  EXPECT_FALSE(tlb.peek(0x0000, 2));
  EXPECT_TRUE(tlb.peek(0x0000, 1));
  EXPECT_EQ(tlb.pages(), 2u);
}

}  // namespace
}  // namespace rvx
