// One SFENCE.VMA with any address inside a superpage ends all of the superpage's translation.
#include "lib/paging.h"

int main() {
  constexpr uint64_t kFrames[] = {0x80400000, 0x80600000};
  for (const SatpMode paging : kPagings)
    for (const uint64_t fenced : Values{0, kPage, kMega - 8, 77 * kPage + 5}) {
      new_pages(paging);
      volatile uint64_t* entry = map_page(kVa, kFrames[0], kPageRW, 1);
      use_pages(9);
      for (unsigned round = 0; round < 4; ++round) {
        *entry = pte_for(kFrames[round % 2], kPageRW);
        asm volatile("sfence.vma %0, %1" ::"r"(kVa + fenced), "r"(9ul) : "memory");
        for (uint64_t offset = 0; offset < kMega; offset += 61 * kPage) {
          const uint64_t at = kFrames[round % 2] + offset;
          *(volatile uint64_t*)at = at + round;
          uint64_t is = 0;
          CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { is = load64(kVa + offset); }));
          CHECK_EQ(is, at + round);
        }
      }
    }
  return 0;
}
