// A leaf at level n maps 4 KiB << 9n bytes: every byte at its own place, first and last included.
#include "lib/paging.h"

int main() {
  // RAM that the program does not use; every machine has at least 128 MiB.
  const uint64_t places[] = {0x80400000, 0x80400ff8, 0x805ffff8, 0x80600000, 0x87000008};
  for (const SatpMode paging : kPagings)
    for (unsigned level = 1; level < (unsigned)paging - 5; ++level) {
      const uint64_t size = kPage << (9 * level);
      // Where the page begins that has the place in it, physically and virtually.
      const uint64_t va = 0ull - (1ull << (12 + 9 * (paging - 5) - 2));
      new_pages(paging);
      for (unsigned i = 0; i < sizeof places / sizeof *places; ++i) {
        checking("level, place", (uint64_t)level << 40 | places[i]);
        const uint64_t physical = places[i] & ~(size - 1), at = va + (places[i] & (size - 1));
        map_page(va, physical, kPageRW, level);
        use_pages();
        *(volatile uint64_t*)places[i] = 1000 + i;
        uint64_t is = 0;
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { is = load64(at); }));
        CHECK_EQ(is, 1000 + i);
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { store64(at, 2000 + i); }));
        CHECK_EQ(*(volatile uint64_t*)places[i], 2000 + i);
      }
      // Just behind and just before it there is nothing.
      CHECK_TRAP(run_in(kSupervisorMode, [=] { load8(va - 1); }), kLoadPageFault, va - 1);
      if (va + size != 0) CHECK_TRAP(run_in(kSupervisorMode, [=] { load8(va + size); }), kLoadPageFault, va + size);
    }
  return 0;
}
