// A filter in front of the memory model that keeps hits to itself changes no count but that of hits.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "machine/model_file.hpp"
#include "tests/unit/mmu/model_walks.hpp"

namespace rvx {
namespace {

using model_walks::small_core;
using model_walks::Tables;
using model_walks::without_caches;

// As the fast paths of an engine may be built: translations of lines that need no model. One that does not answer is
// the exact mode.
class Filter : public FilterListener {
 public:
  Filter(const ModelConfig& config, bool answers) : model(config, 0), answers_(answers) { model.listen(this); }

  void access(const Tables& tables, uint64_t va, uint16_t asid, Access kind) {
    const Key key{asid, va >> (model.config().has_caches() ? 6 : kPageShift), kind};
    if (const auto known = known_.find(key); known != known_.end()) {
      for (uint64_t* const time : {known->second.page_time, known->second.line_time})
        if (time != nullptr) *time = ++model.clock().now;
      ++answered;
      return;
    }
    const bool is_fetch = kind == Access::kFetch;
    MemoryModel::Use use = model.translate(va, asid, kind);
    if (!use || (kind == Access::kStore && !(use.entry->leaf & pte::kD))) {
      ModelWalk steps;
      const auto found = tables.walk(va, asid, steps, kind);
      use = model.walked(va, asid, kind, steps, found);
    }
    if (!answers_) return static_cast<void>(model.touch(use.entry->physical_of(va), 8, kind));
    const unsigned page = use.index;
    const unsigned line = model.touch(use.entry->physical_of(va), 8, kind);
    const auto tlb = is_fetch ? FilterSource::kFetchTlb : FilterSource::kDataTlb;
    const auto cache = is_fetch ? FilterSource::kFetchCache : FilterSource::kDataCache;
    const bool has_caches = model.config().has_caches();
    if (has_caches && (line == kNoSlot || (!is_fetch && !model.changes_only_time(line, kind)))) return;
    known_[key] = {page, line, model.time_of(tlb, page), has_caches ? model.time_of(cache, line) : nullptr};
  }

  void leave(FilterSource source, unsigned index) noexcept override {
    const bool is_fetch = source == FilterSource::kFetchTlb || source == FilterSource::kFetchCache;
    const bool is_tlb = source == FilterSource::kFetchTlb || source == FilterSource::kDataTlb;
    std::erase_if(known_, [&](const auto& entry) {
      const auto& [key, from] = entry;
      return (key.kind == Access::kFetch) == is_fetch && (is_tlb ? from.page : from.line) == index;
    });
  }

  MemoryModel model;
  uint64_t answered = 0;

 private:
  struct Key {
    uint16_t asid;
    uint64_t unit;  // a line, or a page where there are no caches
    Access kind;
    auto operator<=>(const Key&) const = default;
  };
  struct From {
    unsigned page, line;
    uint64_t *page_time, *line_time;
  };
  std::map<Key, From> known_;
  const bool answers_;
};

std::map<std::string, uint64_t> counters_but_hits(const MemoryModel& model) {
  std::map<std::string, uint64_t> counters;
  model.each_counter(false, [&](const std::string& name, uint64_t value) {
    for (const char* counted_hit : {"l1i-tlb.fetch-lookups", "l1d-tlb.load-lookups", "l1d-tlb.store-lookups", "l1i.fetches", "l1d.loads", "l1d.stores"})
      if (name == counted_hit) return;
    counters[name] = value;
  });
  return counters;
}

// Programs stay where they are for a while. What the page tables say changes, more often than there are fences.
void compare(const ModelConfig& config, unsigned seed, unsigned pages = 48) {
  Filter filter(config, true), exact(config, false);
  std::mt19937 random(seed);
  uint64_t va = 0;
  uint16_t asid = 0;
  Tables tables;
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 4 == 0) va = (random() % (1 + random() % pages) << kPageShift) + random() % (1 + random() % 64) * 64;
    if (random() % 50 == 0) asid = static_cast<uint16_t>(random() % 3);
    if (random() % 200 == 0) {
      tables = {.size = random() % 8 == 0 ? PageSize::k2M : PageSize::k4K, .is_global = random() % 4 == 0, .is_clean = random() % 2 == 0};
    }
    const auto kind = static_cast<Access>(random() % 3);
    if (random() % 300 == 0) {
      FenceOperands operands;
      if (random() % 2 == 0) operands.va = va;
      if (random() % 2 == 0) operands.asid = asid;
      filter.model.fence(operands);
      exact.model.fence(operands);
    }
    if (random() % 1000 == 0) filter.model.invalidate_lines(va, 64), exact.model.invalidate_lines(va, 64);
    filter.access(tables, va, asid, kind);
    exact.access(tables, va, asid, kind);
    ASSERT_EQ(filter.model.account().total(), exact.model.account().total()) << "after access " << i;
  }
  EXPECT_EQ(counters_but_hits(filter.model), counters_but_hits(exact.model));
  EXPECT_GT(filter.answered, 4'000u);
}

class ModelFilterOf : public ::testing::TestWithParam<ReplacementPolicy> {};

INSTANTIATE_TEST_SUITE_P(Policies, ModelFilterOf,
                         ::testing::Values(ReplacementPolicy::kFifo, ReplacementPolicy::kRandom, ReplacementPolicy::kLru, ReplacementPolicy::kPlru));

TEST_P(ModelFilterOf, ChangesNoCountWithCaches) {
  ModelConfig config = small_core(GetParam());
  compare(config, 1);
  config.l1d->write_back = false;
  config.l1d->write_allocate = false;
  config.l2->inclusive = false;
  compare(config, 2);
  // One way: the lines of many pages stand in the filter.
  config = small_core(GetParam());
  config.l1i_tlb[0].ways = config.l1d_tlb[0].ways = 1;
  config.l1i_tlb[0].entries = config.l1d_tlb[0].entries = 64;
  compare(config, 6, 8);
}

TEST_P(ModelFilterOf, ChangesNoCountOfTlbsAlone) {
  ModelConfig config = without_caches(small_core(GetParam()));
  compare(config, 3);
  config.asid_bits = 1;
  config.global_pages = false;
  compare(config, 4);
  config.asid_bits = 16;
  config.l1d_tlb = {{.entries = 16, .ways = 2, .replacement = GetParam(), .page_sizes = model_walks::sizes({PageSize::k4K}), .sector = 4},
                    {.entries = 4, .ways = 0, .replacement = GetParam(), .page_sizes = model_walks::sizes({PageSize::k2M})}};
  compare(config, 5);
  config.l1d_tlb = {{.entries = 4, .ways = 0, .replacement = GetParam(), .page_sizes = model_walks::sizes({PageSize::k2M})},
                    {.entries = 16, .ways = 2, .replacement = GetParam(), .page_sizes = model_walks::sizes({PageSize::k4K})}};
  compare(config, 7);
}

TEST(ModelFilter, ChangesNoCountOfAnyPreset) {
  for (const ModelPreset& preset : model_presets()) {
    const Result<ModelConfig> config = parse_model(preset.name, preset.text);
    ASSERT_TRUE(config);
    SCOPED_TRACE(preset.name);
    compare(*config, 6, 400);
  }
}

}  // namespace
}  // namespace rvx
