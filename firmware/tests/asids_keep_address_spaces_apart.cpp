// Two address spaces with ASIDs of their own need no fence between: every access after a write of satp uses its tables.
#include "lib/paging.h"

int main() {
  new_pages(kSv39);
  const uint64_t frames[] = {new_frame(), new_frame()};
  map_page(kVa, frames[0], kPageRW);
  const uint64_t first = satp_for_pages(1);
  // A second root that shares all but the gigabyte around kVa.
  const uint64_t root = new_frame();
  memcpy((void*)root, (void*)((first & ((1ull << 44) - 1)) << 12), kPage);
  const uint64_t middle = new_frame(), last = new_frame();
  ((volatile uint64_t*)root)[kVa >> 30] = pte_for(middle, kV);
  ((volatile uint64_t*)middle)[0] = pte_for(last, kV);
  ((volatile uint64_t*)last)[0] = pte_for(frames[1], kPageRW);
  const uint64_t second = (uint64_t)kSv39 << 60 | 2ull << 44 | root >> 12;
  *(volatile uint64_t*)frames[0] = 11;
  *(volatile uint64_t*)frames[1] = 22;
  CSR_WRITE(satp, first);
  sfence_vma();
  uint64_t sums[2] = {0, 0};
  CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
    for (int i = 0; i < 100; ++i) {
      CSR_WRITE(satp, i % 2 ? second : first);
      sums[i % 2] += load64(kVa);
      store64(kVa + 8, (uint64_t)i);
    }
  }));
  CHECK_EQ(sums[0], 50 * 11);
  CHECK_EQ(sums[1], 50 * 22);
  CHECK_EQ(((volatile uint64_t*)frames[0])[1], 98);
  CHECK_EQ(((volatile uint64_t*)frames[1])[1], 99);
  return 0;
}
