// Small models for fuzz programs.
#include "cli/fuzz/models.hpp"

#include <array>
#include <initializer_list>

namespace rvx::fuzz {
namespace {

PageSizes sizes(std::initializer_list<PageSize> list) {
  PageSizes set;
  for (const PageSize size : list) set.add(size);
  return set;
}

}  // namespace

ModelConfig model_for(const Case& c) {
  // Whatever the case has that differs from one to the next.
  uint64_t bits = c.budget * 0x9e3779b97f4a7c15 ^ c.slices.front() * 0xc2b2ae3d27d4eb4f;
  const auto choose = [&bits](unsigned count) {
    bits = bits * 6364136223846793005 + 1442695040888963407;
    return static_cast<unsigned>((bits >> 33) % count);
  };
  const auto policy = static_cast<ReplacementPolicy>(choose(4));
  const auto tlb = [&](unsigned sets, PageSizes of) {
    const unsigned ways = 1u << choose(3);
    return TlbConfig{.entries = sets * ways, .ways = ways, .replacement = policy, .page_sizes = of, .sector = 1};
  };
  using enum PageSize;
  ModelConfig m;
  m.name = "fuzz";
  m.asid_bits = std::array{0u, 1u, 4u, 16u}[choose(4)];
  m.global_pages = choose(2) != 0;
  const PageSizes all = sizes({k4K, k64K, k2M, k1G, k512G, k256T});
  m.l1i_tlb = {tlb(1u << choose(3), all)};
  m.l1d_tlb = choose(2) != 0 ? TlbLevelConfig{tlb(1u << choose(3), all)} : TlbLevelConfig{tlb(1u << choose(3), sizes({k4K})), tlb(1, sizes({k2M, k1G}))};
  if (choose(2) != 0) m.l2_tlb = {tlb(8, sizes({k4K, k2M}))};
  if (choose(2) != 0) m.walk_cache = {.entries = 4, .ways = 0, .replacement = policy};
  m.walks_through = WalkThrough::kMemory;
  if (choose(2) != 0) {
    const unsigned line = 16u << choose(4);
    const auto cache = [&](uint64_t lines) {
      return CacheConfig{.size = lines * line, .ways = 1u << choose(3), .line = line, .replacement = policy, .write_back = choose(2) != 0, .write_allocate = choose(2) != 0};
    };
    m.l1i = cache(16);
    m.l1d = cache(16);
    if (choose(2) != 0) {
      m.l2 = cache(64);
      m.l2->write_back = m.l2->write_allocate = true;
      m.l2->inclusive = choose(2) != 0;
    }
    m.walks_through = m.l2 ? static_cast<WalkThrough>(choose(3)) : WalkThrough::kL1d;
  }
  m.cycles = {.instruction = 1, .l2_tlb = 3, .walk_l1 = 5, .walk_l2 = 7, .walk_memory = 11, .walk_update = 13, .l2 = 17, .memory = 19,
              .write_back = 23, .trap_entry = 29, .trap_return = 31, .fence = 37, .satp = 41, .ipi = 43, .shootdown = 47};
  return m;
}

}  // namespace rvx::fuzz
