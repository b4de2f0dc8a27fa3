// A leaf above the last level whose physical page number is not aligned to its size is a page fault.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (unsigned level = 1; level < (unsigned)paging - 5; ++level)
      for (unsigned bit = 0; bit < 9 * level; ++bit) {
        checking("level, bit", level << 8 | bit);
        const uint64_t va = 0ull - (1ull << (12 + 9 * (paging - 5) - 2));
        new_pages(paging);
        map_page(va, 1ull << (12 + bit), kPageRWX, level);
        use_pages();
        check_all_page_fault(kSupervisorMode, va);
      }
  return 0;
}
