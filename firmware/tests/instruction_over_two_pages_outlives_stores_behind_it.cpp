// A store into the second of two pages that an instruction lies in changes nothing but what it wrote; then fence.i shows the rest.
#include "lib/paging.h"

int main() {
  new_pages(kSv39);
  const uint64_t first = new_frame(), second = new_frame();
  map_page(kVa, first, kPageRX);
  map_page(kVa + kPage, second, kPageRX);
  use_pages();
  const uint64_t at = kVa + kPage - 2;
  // addi a0, x0, n: the immediate is all in the second half; then ret, and data in the same line.
  *(volatile uint16_t*)(first + kPage - 2) = (uint16_t)li_a0(0);
  *(volatile uint16_t*)(second + 2) = 0x8082;
  for (uint32_t round = 0; round < 6; ++round) {
    *(volatile uint16_t*)second = li_a0(100 + round) >> 16;
    fence_i();
    for (uint32_t times = 0; times < 3; ++times) {
      uint64_t result = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { result = call_with(at, 0); }));
      CHECK_EQ(result, 100 + round);
      *(volatile uint8_t*)(second + 8 + times) = (uint8_t)round;
    }
  }
  return 0;
}
