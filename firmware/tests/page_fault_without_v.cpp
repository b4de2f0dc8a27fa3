// An entry with V = 0 is a page fault at every level, whatever its other bits say.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (unsigned level = 0; level < (unsigned)paging - 5; ++level) {
      checking("mode, level", (uint64_t)paging << 4 | level);
      new_pages(paging);
      const uint64_t frame = new_code_frame();
      // In the table's own half of the address space, away from the program.
      const uint64_t va = 0ull - (1ull << (12 + 9 * (paging - 5) - 2));
      map_page(va, frame, kPageRWX);
      use_pages();
      check_all_pass(kSupervisorMode, va);
      volatile uint64_t* entry = entry_of(va, level);
      const uint64_t whole = *entry;
      for (const uint64_t spoiled : Values{0, whole & ~kV, ~0 & ~kV}) {
        *entry = spoiled;
        sfence_vma();
        check_all_page_fault(kSupervisorMode, va);
      }
      *entry = whole;
      sfence_vma();
      check_all_pass(kSupervisorMode, va);
    }
  return 0;
}
