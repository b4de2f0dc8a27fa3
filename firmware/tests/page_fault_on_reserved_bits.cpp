// Bits 60 to 54 of an entry are reserved: a page fault when one is set, in leaves and in pointers.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (const unsigned level : {0u, 1u})
      for (unsigned bit = 54; bit <= 60; ++bit) {
        checking("bit", bit);
        new_pages(paging);
        map_page(kVa, new_code_frame(), kPageRWX);
        *entry_of(kVa, level) |= 1ull << bit;
        use_pages();
        check_all_page_fault(kSupervisorMode, kVa);
      }
  return 0;
}
