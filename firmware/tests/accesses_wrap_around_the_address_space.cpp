// A misaligned load or store over the last address goes on at address 0, each part with its own page.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t top = new_frame(), bottom = new_frame();
    map_page(0ull - kPage, top, kPageRW);
    volatile uint64_t* entry = map_page(0, bottom, kPageRW);
    use_pages();
    *(volatile uint32_t*)(top + kPage - 4) = 0x11223344;
    *(volatile uint32_t*)bottom = 0x55667788;
    uint64_t v = 0;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { v = load64(0ull - 4); }));
    CHECK_EQ(v, 0x5566778811223344);
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { store64(0ull - 4, 0x0102030405060708); }));
    CHECK_EQ(*(volatile uint32_t*)(top + kPage - 4), 0x05060708);
    CHECK_EQ(*(volatile uint32_t*)bottom, 0x01020304);
    *entry = 0;
    sfence_vma();
    CHECK_TRAP_AT(run_in(kSupervisorMode, [&] { load64(0ull - 4); }), kLoadPageFault, 0);
  }
  return 0;
}
