// When the page of code is mapped to another frame and fenced, the code there runs, also from a jump inside one straight run.
#include "lib/paging.h"

int main() {
  for (const unsigned level : {0u, 1u}) {
    new_pages(kSv39);
    const uint64_t frames[] = {0x80400000, 0x80600000, 0x80800000};
    for (uint32_t i = 0; i < 3; ++i) {
      *(volatile uint32_t*)frames[i] = li_a0(10 * (i + 1));
      *(volatile uint32_t*)(frames[i] + 4) = kRet;
    }
    fence_i();
    volatile uint64_t* entry = map_page(kVa, frames[0], kPageRX, level);
    use_pages(4);
    for (unsigned round = 0; round < 60; ++round) {
      const unsigned i = round * 5 % 3;
      *entry = pte_for(frames[i], kPageRX);
      if (round % 2) asm volatile("sfence.vma %0, x0" ::"r"(kVa) : "memory");
      else asm volatile("sfence.vma x0, %0" ::"r"(4ul) : "memory");
      uint64_t result = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { result = call_with(kVa, 0); }));
      CHECK_EQ(result, 10 * (i + 1));
    }
  }
  return 0;
}
