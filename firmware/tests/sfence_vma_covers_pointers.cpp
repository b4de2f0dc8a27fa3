// After SFENCE.VMA for an address, also changed entries that point to tables are seen.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (unsigned level = 1; level < (unsigned)paging - 5; ++level) {
      checking("mode, level", (uint64_t)paging << 4 | level);
      const uint64_t va = 0ull - (1ull << (12 + 9 * (paging - 5) - 2));
      new_pages(paging);
      // Two subtrees for the same address: build one, take it away, build the other.
      const uint64_t frames[] = {new_frame(), new_frame()};
      uint64_t pointers[2];
      for (int i = 0; i < 2; ++i) {
        map_page(va, frames[i], kPageRW);
        pointers[i] = *entry_of(va, level);
        *(volatile uint64_t*)frames[i] = 70 + (uint64_t)i;
        if (i == 0) *entry_of(va, level) = 0;
      }
      use_pages();
      for (unsigned round = 0; round < 6; ++round) {
        *entry_of(va, level) = pointers[round % 2];
        asm volatile("sfence.vma %0" ::"r"(va) : "memory");
        uint64_t is = 0;
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { is = load64(va); }));
        CHECK_EQ(is, 70 + round % 2);
      }
    }
  return 0;
}
