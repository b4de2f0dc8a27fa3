// A valid leaf for physical addresses without memory is an access fault, with the virtual address in mtval.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (const uint64_t physical : Values{0x18000000ull, 0x3ffffffff000ull, (1ull << 56) - kPage}) {
      checking("physical address", physical);
      new_pages(paging);
      map_page(kVa, physical, kPageRWX);
      use_pages();
      for (const Access access : kAccesses)
        CHECK_TRAP(try_access(kSupervisorMode, access, kVa + 0x10), kAccessFaults[access], kVa + 0x10);
    }
  return 0;
}
