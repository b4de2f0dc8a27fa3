// Code in one physical page runs at each virtual address it is mapped to, with its own pc; a store through any alias changes all.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frame = new_frame();
    map_page(kVa, frame, kPageRX);
    map_page(kVa + 5 * kPage, frame, kPageRX);
    map_page(kVa + 9 * kPage, frame, kPageRW);
    use_pages();
    const auto write = [=](uint32_t value) {
      *(volatile uint32_t*)(frame) = 0x00000517;  // auipc a0, 0
      *(volatile uint32_t*)(frame + 4) = value << 20 | 10 << 15 | 10 << 7 | 0x13;
      *(volatile uint32_t*)(frame + 8) = kRet;
    };
    write(1);
    fence_i();
    for (uint32_t i = 1; i < 40; ++i) {
      uint64_t a = 0, b = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
        a = call_with(kVa, 0);
        b = call_with(kVa + 5 * kPage, 0);
      }));
      CHECK_EQ(a, kVa + i);
      CHECK_EQ(b, kVa + 5 * kPage + i);
      if (i % 2) {
        write(i + 1);
        fence_i();
      } else {
        CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
          store32(kVa + 9 * kPage + 4, (i + 1) << 20 | 10 << 15 | 10 << 7 | 0x13);
          fence_i();
        }));
      }
    }
  }
  return 0;
}
