// An entry of the last level that is no leaf (R = W = X = 0) is a page fault.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    map_page(kVa, new_code_frame(), kV);
    use_pages();
    check_all_page_fault(kSupervisorMode, kVa);
  }
  return 0;
}
