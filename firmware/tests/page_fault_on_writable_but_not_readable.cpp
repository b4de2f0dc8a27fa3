// W without R is reserved, with and without X: a page fault for every access.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (const uint64_t x : Values{0, kX})
      for (const Mode mode : {kSupervisorMode, kUserMode}) {
        new_pages(paging);
        map_page(kVa, new_code_frame(), kV | kW | kA | kD | x | (mode == kUserMode ? kUser : 0));
        use_pages();
        check_all_page_fault(mode, kVa);
      }
  return 0;
}
