// A misaligned access over two pages reads and writes each part in the frame of its own page, in any order of frames.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t low = new_frame(), high = new_frame();
    for (const bool is_swapped : {false, true}) {
      const uint64_t first = is_swapped ? high : low, second = is_swapped ? low : high;
      map_page(kVa, first, kPageRW);
      map_page(kVa + kPage, second, kPageRW);
      use_pages();
      const uint64_t border = kVa + kPage;
      for (unsigned before = 1; before < 8; ++before) {
        const uint64_t value = 0x8877665544332211;
        CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { store64(border - before, value); }));
        CHECK_EQ(*(volatile uint64_t*)(first + kPage - 8) >> (8 * (8 - before)), value & ((1ull << (8 * before)) - 1));
        CHECK_EQ(*(volatile uint64_t*)second & ((1ull << (8 * (8 - before))) - 1), value >> (8 * before));
        uint64_t back = 0;
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { back = load64(border - before); }));
        CHECK_EQ(back, value);
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { back = load32(border - before); }));
        if (before < 4) CHECK_EQ(back, 0x44332211);
      }
    }
  }
  return 0;
}
