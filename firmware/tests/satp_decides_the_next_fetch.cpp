// The instruction behind a write of satp is fetched by the new tables: the same address goes on in another frame.
#include "lib/assembler.h"
#include "lib/paging.h"

using namespace code;

int main() {
  new_pages(kSv39);
  const uint64_t frames[] = {new_frame(), new_frame()};
  map_page(kVa, frames[0], kPageRX);
  const uint64_t first = satp_for_pages(1);
  const uint64_t root = new_frame(), middle = new_frame(), last = new_frame();
  memcpy((void*)root, (void*)((first & ((1ull << 44) - 1)) << 12), kPage);
  ((volatile uint64_t*)root)[kVa >> 30] = pte_for(middle, kV);
  ((volatile uint64_t*)middle)[0] = pte_for(last, kV);
  ((volatile uint64_t*)last)[0] = pte_for(frames[1], kPageRX);
  const uint64_t second = (uint64_t)kSv39 << 60 | 2ull << 44 | root >> 12;
  for (uint32_t i = 0; i < 2; ++i) {
    auto* at = (volatile uint32_t*)frames[i];
    at[0] = 0x18051073;  // csrw satp, a0
    at[1] = li_a0(i + 1);
    at[2] = ret;
  }
  fence_i();
  CSR_WRITE(satp, first);
  sfence_vma();
  uint64_t wrong = 0;
  CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
    for (int i = 0; i < 100; ++i) {
      if (call_with(kVa, second) != 2) ++wrong;
      if (call_with(kVa, first) != 1) ++wrong;
    }
  }));
  CHECK_EQ(wrong, 0);
  return 0;
}
