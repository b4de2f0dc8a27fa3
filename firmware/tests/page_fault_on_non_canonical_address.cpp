// Bits above the translated ones must all equal the highest translated bit, or the access is a page fault.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    const unsigned bits = 12 + 9 * ((unsigned)paging - 5);
    for (const bool is_high : {false, true}) {
      const uint64_t low = is_high ? 1ull << (bits - 1) | 0x5000 : 0x5000;
      const uint64_t va = is_high ? low | ~0ull << bits : low;
      new_pages(paging);
      map_page(va, new_code_frame(), kPageRWX);
      use_pages();
      check_all_pass(kSupervisorMode, va);
      for (unsigned bit = bits; bit < 64; ++bit) {
        checking("bit", bit);
        for (const Access access : kAccesses) {
          const uint64_t wrong = va ^ 1ull << bit;
          const Trap& trap = try_access(kSupervisorMode, access, wrong);
          CHECK_TRAP(trap, kPageFaults[access], wrong);
        }
      }
      check_all_page_fault(kSupervisorMode, va ^ ~0ull << (bits - 1));
    }
  }
  return 0;
}
