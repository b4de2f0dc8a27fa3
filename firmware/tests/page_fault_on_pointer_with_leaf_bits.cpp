// A, D and U are reserved in entries that point to a table, and so are N and the PBMT field: page fault. G is not.
#include "lib/paging.h"

int main() {
  CSR_SET(0x30a, kPBMTE);
  for (const SatpMode paging : kPagings)
    for (unsigned level = 1; level < (unsigned)paging - 5; ++level) {
      // The top entry of a half that the program does not use.
      const uint64_t va = 0ull - (1ull << (12 + 9 * (paging - 5) - 2));
      for (const uint64_t bit : Values{kA, kD, kUser, kN, kPbmtNc, kPbmtIo}) {
        checking("bit", bit);
        new_pages(paging);
        map_page(va, new_code_frame(), kPageRWX);
        *entry_of(va, level) |= bit;
        use_pages();
        check_all_page_fault(kSupervisorMode, va);
      }
      new_pages(paging);
      map_page(va, new_code_frame(), kPageRWX);
      *entry_of(va, level) |= kGlobal | 3 << 8;  // RSW is software's
      use_pages();
      check_all_pass(kSupervisorMode, va);
    }
  return 0;
}
