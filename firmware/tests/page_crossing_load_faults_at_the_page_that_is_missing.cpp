// A misaligned load over two pages faults with the address of the part that failed: its own, or where the second page begins.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frame = new_frame();
    volatile uint64_t* first = map_page(kVa, frame, kPageR);
    volatile uint64_t* second = map_page(kVa + kPage, frame, kPageR);
    use_pages();
    const uint64_t border = kVa + kPage;
    const auto load = [=](unsigned size, uint64_t at) -> const Trap& {
      return run_in(kSupervisorMode, [=] {
        if (size == 2) load16(at);
        if (size == 4) load32(at);
        if (size == 8) load64(at);
      });
    };
    for (unsigned size : {2u, 4u, 8u})
      for (unsigned before = 1; before < size; ++before) {
        checking("size, bytes in the first page", size << 4 | before);
        *first = pte_for(frame, kPageR);
        *second = pte_for(frame, kPageR);
        sfence_vma();
        CHECK_NO_TRAP(load(size, border - before));
        *second = 0;
        sfence_vma();
        CHECK_TRAP_AT(load(size, border - before), kLoadPageFault, border);
        *first = 0;
        sfence_vma();
        CHECK_TRAP_AT(load(size, border - before), kLoadPageFault, border - before);
        *second = pte_for(frame, kPageR);
        sfence_vma();
        CHECK_TRAP_AT(load(size, border - before), kLoadPageFault, border - before);
      }
  }
  return 0;
}
