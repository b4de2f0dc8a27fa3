// When the page behind an instruction that goes over two pages is mapped elsewhere, its second half comes from there.
#include "lib/paging.h"

int main() {
  new_pages(kSv39);
  const uint64_t first = new_frame();
  uint64_t seconds[4];
  map_page(kVa, first, kPageRX);
  volatile uint64_t* entry = map_page(kVa + kPage, 0, 0);
  use_pages();
  // addi a0, x0, n: the immediate is all in the second half.
  *(volatile uint16_t*)(first + kPage - 2) = (uint16_t)li_a0(0);
  for (uint32_t i = 0; i < 4; ++i) {
    seconds[i] = new_frame();
    *(volatile uint16_t*)seconds[i] = li_a0(100 + i) >> 16;
    *(volatile uint16_t*)(seconds[i] + 2) = 0x8082;
  }
  fence_i();
  for (unsigned round = 0; round < 40; ++round) {
    const unsigned i = round * 7 % 4;
    *entry = pte_for(seconds[i], kPageRX);
    asm volatile("sfence.vma %0" ::"r"(kVa + kPage) : "memory");
    uint64_t result = 0;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { result = call_with(kVa + kPage - 2, 0); }));
    CHECK_EQ(result, 100 + i);
  }
  return 0;
}
