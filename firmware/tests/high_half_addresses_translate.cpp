// Addresses with all upper bits set walk the upper half of the root; the highest byte can be mapped, and the one after it is 0.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t top = new_code_frame(), bottom = new_frame();
    map_page(0ull - kPage, top, kPageRWX);
    map_page(0, bottom, kPageRWX);
    use_pages();
    check_all_pass(kSupervisorMode, 0ull - kPage);
    *(volatile uint64_t*)(top + kPage - 8) = 0x1122334455667788;
    *(volatile uint64_t*)bottom = 0x99aabbccddeeff00;
    uint64_t last = 0, zero = 0;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { last = load8(~0ull); zero = load64(0); }));
    CHECK_EQ(last, 0x11);
    CHECK_EQ(zero, 0x99aabbccddeeff00);
  }
  return 0;
}
