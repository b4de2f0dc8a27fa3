// A page mapped, written and unmapped again and again, as kernels patch their code: each store goes to the frame of its time, and none goes anywhere when it is unmapped.
#include "lib/upper.h"

constexpr unsigned kRounds = 300, kTargets = 7;
constexpr uint64_t kHigh = 0xffffffe012345000, kLow = 0x2345000;
constexpr uint64_t kFrames = 0x80400000;

// Stores to va and loads it back in loops of their own, hot ones.
static __attribute__((noinline)) void fill(uint64_t va, uint64_t value) {
  for (uint64_t i = 0; i < 8; ++i) store64(va + 8 * i, value + i);
}
static __attribute__((noinline)) uint64_t sum(uint64_t va) {
  uint64_t total = 0;
  for (uint64_t i = 0; i < 8; ++i) total += load64(va + 8 * i);
  return total;
}

template <bool kIsUpper>
static void come_and_go(uint64_t va, uint64_t flags) {
  volatile uint64_t* const its = entry_of(va);
  volatile uint64_t* const entry = kIsUpper ? upper(its) : its;
  memset((void*)kFrames, 0, kTargets * kPage);
  uint64_t wrong = 0;
  uint64_t* const result = &wrong;
  const auto work = [=] {
    for (uint64_t round = 0; round < kRounds; ++round) {
      const uint64_t frame = kFrames + round * 3 % kTargets * kPage;
      *entry = pte_for(frame, flags);
      if (round % 2 != 0) asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory");
      fill(va, round);
      if (round % 4 != 0) *result += sum(va) != 8 * round + 28;
      *entry = 0;
      asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory");
    }
  };
  if constexpr (kIsUpper) CHECK_NO_TRAP(run_in_upper(work));
  else CHECK_NO_TRAP(run_in(kSupervisorMode, work));
  CHECK_EQ(wrong, 0);
  for (uint64_t round = kRounds - kTargets; round < kRounds; ++round) {
    const uint64_t frame = kFrames + round * 3 % kTargets * kPage;
    for (uint64_t i = 0; i < 8; ++i) CHECK_EQ(((volatile uint64_t*)frame)[i], round + i);
  }
  // Not there: neither to loads nor to stores, of the same code.
  for (unsigned i = 0; i < 100; ++i) {
    const auto store = [=] { fill(va, 99); };
    const auto load = [=] { *result = sum(va); };
    if constexpr (kIsUpper) {
      CHECK_TRAP_AT(run_in_upper(store), kStorePageFault, va);
      CHECK_TRAP_AT(run_in_upper(load), kLoadPageFault, va);
      // ... also right behind a round.
      const uint64_t frame = kFrames + i % kTargets * kPage;
      CHECK_TRAP_AT(run_in_upper([=] {
        *entry = pte_for(frame, flags);
        asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory");
        fill(va, i);
        *entry = 0;
        asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory");
        fill(va, 1000);
      }), kStorePageFault, va);
      for (uint64_t n = 0; n < 8; ++n) CHECK_EQ(((volatile uint64_t*)frame)[n], i + n);
    } else {
      CHECK_TRAP_AT(run_in(kSupervisorMode, store), kStorePageFault, va);
      CHECK_TRAP_AT(run_in(kSupervisorMode, load), kLoadPageFault, va);
    }
  }
  // At rest at last.
  *its = pte_for(kFrames, flags);
  sfence_vma();
  const auto rest = [=] {
    for (uint64_t i = 0; i < 200; ++i) fill(va, i);
    *result = sum(va);
  };
  if constexpr (kIsUpper) CHECK_NO_TRAP(run_in_upper(rest));
  else CHECK_NO_TRAP(run_in(kSupervisorMode, rest));
  CHECK_EQ(wrong, 8 * 199 + 28);
  *its = 0;
  sfence_vma();
}

int main() {
  new_pages(kSv39);
  map_upper_program();
  map_page(kHigh, 0, 0);
  map_page(kLow, 0, 0);
  use_pages(1);
  for (const uint64_t flags : Values{kPageRW, kPageRW | kGlobal}) {
    checking("flags", flags);
    come_and_go<true>(kHigh, flags);
    come_and_go<true>(kLow, flags);
    come_and_go<false>(kLow, flags);
    come_and_go<false>(kHigh, flags);
  }
  return 0;
}
