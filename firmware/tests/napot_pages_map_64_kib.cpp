// Svnapot: N with PPN[3:0] = 1000 makes sixteen entries one 64 KiB page; the low bits come from the address.
#include "lib/paging.h"

int main() {
  alignas(65536) static uint64_t area[65536 / 8];
  for (unsigned i = 0; i < 16; ++i) area[i * 512] = 100 + i;
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    for (unsigned i = 0; i < 16; ++i)
      map_page(kVa + i * kPage, (uint64_t)area + 8 * kPage, kPageRW | kN);
    use_pages();
    uint64_t sum = 0;
    for (const bool backwards : {false, true})
      for (unsigned i = 0; i < 16; ++i) {
        const uint64_t at = kVa + (backwards ? 15 - i : i) * kPage;
        uint64_t is = 0;
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { is = load64(at); }));
        CHECK_EQ(is, 100 + (backwards ? 15 - i : i));
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { store64(at + 8, is * 3); }));
        sum += is;
      }
    for (unsigned i = 0; i < 16; ++i) CHECK_EQ(area[i * 512 + 1], 3 * (100 + i));
    CHECK_EQ(sum, 2 * (16 * 100 + 120));
    // A load that goes over two of the small pages.
    uint64_t word = 0;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { word = load64(kVa + 5 * kPage - 4); }));
    CHECK_EQ(word, 105ull << 32);
  }
  return 0;
}
