// With paging, PMP looks at the address that the page maps to; the fault has the virtual address. A page that passes both is fine.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0x3000);
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    map_page(kVa, kArea, kPageRWX);
    map_page(kVa + kPage, kArea + kPage, kPageRWX);
    use_pages();
    for (const uint8_t bits : {0, (int)kPmpR, (int)kPmpX, kPmpR | kPmpW}) {
      set_pmp(0, (uint8_t)(kPmpNapot | bits), pmp_napot(kArea, kPage));
      CHECK_EQ(permissions_at(kSupervisorMode, kVa + 0x10), bits);
      CHECK_EQ(permissions_at(kSupervisorMode, kVa + kPage), kPmpRWX);
      // Half a page.
      set_pmp(0, (uint8_t)(kPmpNapot | bits), pmp_napot(kArea + 0x800, 0x800));
      CHECK_EQ(permissions_at(kSupervisorMode, kVa + 0x7fc), kPmpRWX);
      CHECK_EQ(permissions_at(kSupervisorMode, kVa + 0x800), bits);
      CHECK_EQ(permissions_at(kSupervisorMode, kVa + 0x7fc), kPmpRWX);
    }
    set_pmp(0, 0, 0);
  }
  return 0;
}
