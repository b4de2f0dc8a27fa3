// Page tables that exist only as a rule: walks for tests of the memory model.
#pragma once

#include <cstdint>
#include <optional>

#include "mmu/model/memory_model.hpp"
#include "mmu/walker.hpp"

namespace rvx::model_walks {

// Every address space maps va to a physical address of its own, by leaves of one size.
struct Tables {
  unsigned levels = 3;  // Sv39
  PageSize size = PageSize::k4K;
  bool is_global = false;
  bool is_clean = false;  // leaves have no D until a store sets it

  // Tables of 4 KiB somewhere above 4 GiB, 8 bytes for each entry; global ones are common to all spaces.
  [[nodiscard]] uint64_t pte_address(uint64_t va, uint16_t asid, unsigned level) const {
    const uint64_t above = va >> (kPageShift + 9 * (level + 1));
    const uint64_t table = (is_global ? 0 : asid) * 1024 + level * 128 + above % 128;
    return (uint64_t{1} << 32) + table * kPageSize + (va >> (kPageShift + 9 * level) & 511) * 8;
  }
  [[nodiscard]] uint64_t physical(uint64_t va, uint16_t asid) const { return (va & 0xfff'ffff) + (is_global ? 0 : uint64_t{asid} << 28); }
  [[nodiscard]] unsigned leaf_level() const {
    return size == PageSize::k4K || size == PageSize::k64K ? 0 : static_cast<unsigned>(size) - 1;
  }

  std::optional<ModelTranslation> walk(uint64_t va, uint16_t asid, ModelWalk& steps, Access kind = Access::kLoad) const {
    for (unsigned level = levels - 1; level > leaf_level(); --level)
      steps.note(pte_address(va, asid, level), pte::kV | (is_global ? pte::kG : 0), level);
    const uint64_t leaf = pte::kV | pte::kR | pte::kW | pte::kX | pte::kA | (is_clean && kind != Access::kStore ? 0 : pte::kD);
    steps.updated = is_clean && kind == Access::kStore;
    steps.note(pte_address(va, asid, leaf_level()), leaf, leaf_level());
    return ModelTranslation{.va = va, .physical = physical(va, asid), .leaf = leaf, .asid = asid, .is_global = is_global, .size = size};
  }

  uint64_t access(MemoryModel& model, uint64_t va, uint16_t asid, Access kind = Access::kLoad, unsigned bytes = 8) const {
    return model.access(va, asid, bytes, kind, [&](ModelWalk& steps) { return walk(va, asid, steps, kind); });
  }
};

inline PageSizes sizes(std::initializer_list<PageSize> list) {
  PageSizes sizes;
  for (const PageSize size : list) sizes.add(size);
  return sizes;
}

// A core with everything, all of it small, and costs that tell the causes apart.
inline ModelConfig small_core(ReplacementPolicy policy) {
  ModelConfig config;
  config.name = "small";
  const TlbConfig l1{.entries = 8, .ways = 0, .replacement = policy, .page_sizes = sizes({PageSize::k4K, PageSize::k2M})};
  config.l1i_tlb = {l1};
  config.l1d_tlb = {l1};
  config.l2_tlb = {{.entries = 32, .ways = 4, .replacement = policy, .page_sizes = sizes({PageSize::k4K})}};
  config.walk_cache = {.entries = 4, .ways = 0, .replacement = policy};
  config.l1i = CacheConfig{.size = 1024, .ways = 2, .line = 64, .replacement = policy};
  config.l1d = config.l1i;
  config.l2 = CacheConfig{.size = 8192, .ways = 4, .line = 64, .replacement = policy, .inclusive = true};
  config.cycles = {.instruction = 1, .l2_tlb = 7, .walk_l1 = 2, .walk_l2 = 11, .walk_memory = 101, .walk_update = 5, .l2 = 13, .memory = 103,
                   .write_back = 17, .trap_entry = 19, .trap_return = 23, .fence = 29, .satp = 31, .ipi = 37, .shootdown = 41};
  return config;
}

// TLBs alone.
inline ModelConfig without_caches(ModelConfig config) {
  config.l1i.reset(), config.l1d.reset(), config.l2.reset();
  config.walks_through = WalkThrough::kMemory;
  return config;
}

}  // namespace rvx::model_walks
