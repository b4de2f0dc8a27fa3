// A misaligned store over two pages of which the second faults writes no byte; mtval is where the second page begins.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t first = new_frame(), second = new_frame();
    map_page(kVa, first, kPageRW);
    volatile uint64_t* entry = map_page(kVa + kPage, second, 0);
    use_pages();
    const uint64_t border = kVa + kPage;
    struct { uint64_t flags, cause; } const spoiled[] = {
        {0, kStorePageFault}, {pte_for(second, kPageR), kStorePageFault}, {pte_for(second, kPageRW & ~kD), kStorePageFault},
        {pte_for(second, kPageRW | kUser), kStorePageFault}, {pte_for(0x18000000, kPageRW), kStoreAccessFault}};
    CSR_CLEAR(0x30a, kADUE);
    for (const auto& s : spoiled) {
      *entry = s.flags;
      sfence_vma();
      for (unsigned size : {2u, 4u, 8u})
        for (unsigned before = 1; before < size; ++before) {
          checking("size, bytes in the first page", size << 4 | before);
          const Trap& trap = run_in(kSupervisorMode, [=] {
            if (size == 2) store16(border - before, ~0ull);
            if (size == 4) store32(border - before, ~0ull);
            if (size == 8) store64(border - before, ~0ull);
          });
          CHECK_TRAP_AT(trap, s.cause, border);
          CHECK_EQ(*(volatile uint64_t*)(first + kPage - 8), 0);
          CHECK_EQ(*(volatile uint64_t*)second, 0);
        }
    }
  }
  return 0;
}
