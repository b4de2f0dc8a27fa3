// How long the way to memory takes where the host TLB cannot help: walks, misses, fences, changes of address space.
#include <cstring>

#include <benchmark/benchmark.h>

#include "devices/bus.hpp"
#include "devices/ram.hpp"
#include "mmu/memory_port.hpp"
#include "mmu/walker.hpp"

namespace rvx {
namespace {

constexpr uint64_t kBase = 0x8000'0000, kRamBytes = 64 << 20;
constexpr uint64_t kLeaf = pte::kV | pte::kR | pte::kW | pte::kX | pte::kA | pte::kD;
constexpr uint64_t kData = kBase + (32 << 20);  // where the mapped pages are
constexpr unsigned kPages = 4096;               // more than the host TLB holds

// RAM with page tables that map kPages pages at virtual address 0, in the mode's full depth.
struct Memory {
  explicit Memory(SatpMode mode) {
    const int levels = static_cast<int>(mode) - 5;
    uint64_t root = kBase;
    for (int level = levels - 1; level > 1; --level, root += kPageSize)
      set(root, 0, pointer_to(root + kPageSize));
    const uint64_t leaves = root + kPageSize;
    for (unsigned page = 0; page < kPages; ++page) {
      if (page % 512 == 0) set(root, page / 512, pointer_to(leaves + page / 512 * kPageSize));
      set(leaves, page, (kData / kPageSize + page) << pte::kPpnShift | kLeaf);
    }
    context.satp = static_cast<uint64_t>(mode) << 60 | kBase >> kPageShift;
    context.priv = Priv::kS;
    port.pmp().set_addr(0, ~uint64_t{0});
    port.pmp().set_cfg(0, 0x1f);  // everything, by NAPOT
    port.select(context, context);
  }

  void set(uint64_t table, unsigned index, uint64_t entry) { std::memcpy(ram.at(table + 8 * index), &entry, 8); }
  static uint64_t pointer_to(uint64_t table) { return table / kPageSize << pte::kPpnShift | pte::kV; }

  Ram ram{kBase, kRamBytes};
  Bus bus;
  PhysicalMemory physical{ram, bus};
  HostTlbView view;
  MemoryPort port{physical, view, 0};
  TranslationContext context;
};

SatpMode mode_of(const benchmark::State& state) { return static_cast<SatpMode>(state.range(0)); }

// The walk alone: no permission of physical memory, no host TLB.
void walk_to_a_small_page(benchmark::State& state) {
  Memory memory(mode_of(state));
  const auto read = [&](uint64_t address, uint64_t& entry) {
    std::memcpy(&entry, memory.ram.at(address), 8);
    return true;
  };
  const auto update = [](uint64_t, uint64_t, uint64_t) { return -1; };
  uint64_t va = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(walk(memory.context, va, Access::kLoad, read, update));
    va = (va + 37 * kPageSize) % (kPages * kPageSize);
  }
}

// A load that the fast path could not do: translated, done, remembered.
void load_misses_the_host_tlb(benchmark::State& state) {
  Memory memory(mode_of(state));
  uint64_t va = 0, value = 0;
  for (auto _ : state) {
    if (memory.port.load(va, 8, value) != MemStatus::kOk) return state.SkipWithError("a load failed");
    benchmark::DoNotOptimize(value);
    va = (va + 37 * kPageSize) % (kPages * kPageSize);
  }
}

// What sfence.vma without operands and the first access after it cost together.
void fence_all_and_load_again(benchmark::State& state) {
  Memory memory(mode_of(state));
  uint64_t value = 0;
  for (auto _ : state) {
    memory.port.fence(std::nullopt, std::nullopt);
    if (memory.port.load(0, 8, value) != MemStatus::kOk) return state.SkipWithError("a load failed");
  }
}

void fence_one_page_and_load_again(benchmark::State& state) {
  Memory memory(mode_of(state));
  uint64_t value = 0;
  for (auto _ : state) {
    memory.port.fence(kPageSize, 0);
    if (memory.port.load(kPageSize, 8, value) != MemStatus::kOk) return state.SkipWithError("a load failed");
  }
}

// To and fro between address spaces with numbers of their own.
void change_address_space(benchmark::State& state) {
  Memory memory(SatpMode::kSv39);
  const auto spaces = static_cast<uint64_t>(state.range(0));
  uint64_t turn = 0;
  for (auto _ : state) {
    TranslationContext next = memory.context;
    next.satp |= turn++ % spaces << 44;
    memory.port.select(next, next);
  }
}

constexpr int kSv39 = static_cast<int>(SatpMode::kSv39), kSv57 = static_cast<int>(SatpMode::kSv57);
BENCHMARK(walk_to_a_small_page)->ArgName("satp_mode")->Arg(kSv39)->Arg(kSv57);
BENCHMARK(load_misses_the_host_tlb)->ArgName("satp_mode")->Arg(kSv39)->Arg(kSv57);
BENCHMARK(fence_all_and_load_again)->ArgName("satp_mode")->Arg(kSv39);
BENCHMARK(fence_one_page_and_load_again)->ArgName("satp_mode")->Arg(kSv39);
BENCHMARK(change_address_space)->ArgName("spaces")->Arg(1)->Arg(2)->Arg(8)->Arg(64);

}  // namespace
}  // namespace rvx
