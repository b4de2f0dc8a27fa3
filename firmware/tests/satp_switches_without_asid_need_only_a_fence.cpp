// One ASID for different tables: after writing satp and SFENCE.VMA the new tables hold, and after writing Bare none do.
#include "lib/paging.h"

int main() {
  for (unsigned round = 0; round < 6; ++round) {
    const SatpMode paging = kPagings[round % 3];
    new_pages(paging);
    const uint64_t frame = new_frame();
    *(volatile uint64_t*)frame = round;
    map_page(kVa, frame, kPageR);
    use_pages(0);
    uint64_t is = ~0ull;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { is = load64(kVa); }));
    CHECK_EQ(is, round);
    CHECK_TRAP(run_in(kSupervisorMode, [] { store64(kVa, 0); }), kStorePageFault, kVa);
    // Bare: the program's addresses are physical, and nothing restricts them.
    no_pages();
    CHECK_NO_TRAP(run_in(kUserMode, [&] { store64(frame, 99); }));
    CHECK_EQ(*(volatile uint64_t*)frame, 99);
  }
  return 0;
}
