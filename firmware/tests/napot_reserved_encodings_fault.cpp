// N with any other PPN[3:0], in a superpage or in a pointer is reserved: page fault.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    for (uint64_t low = 0; low < 16; ++low) {
      if (low == 8) continue;
      checking("PPN[3:0]", low);
      new_pages(paging);
      map_page(kVa, 0x80200000 + low * kPage, kPageRWX | kN);
      use_pages();
      check_all_page_fault(kSupervisorMode, kVa);
    }
    new_pages(paging);
    map_page(kVa, 0x80000000, kPageRWX | kN, 1);
    use_pages();
    check_all_page_fault(kSupervisorMode, kVa);
    new_pages(paging);
    map_page(kVa, 0x80200000 + 8 * kPage, kPageRWX);
    *entry_of(kVa, 1) |= kN;
    use_pages();
    check_all_page_fault(kSupervisorMode, kVa);
  }
  return 0;
}
