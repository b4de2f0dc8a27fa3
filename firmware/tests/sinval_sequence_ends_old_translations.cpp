// SFENCE.W.INVAL, SINVAL.VMA, SFENCE.INVAL.IR together do what SFENCE.VMA does.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frames[] = {new_frame(), new_frame()};
    for (int i = 0; i < 2; ++i) *(volatile uint64_t*)frames[i] = 5 + (uint64_t)i;
    volatile uint64_t* entry = map_page(kVa, frames[0], kPageRW);
    use_pages(2);
    for (unsigned round = 0; round < 12; ++round) {
      *entry = pte_for(frames[round % 2], kPageRW);
      uint64_t is = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
        asm volatile(WITH("svinval", "sfence.w.inval") ::: "memory");
        switch (round / 3) {
          case 0: asm volatile(WITH("svinval", "sinval.vma x0, x0") ::: "memory"); break;
          case 1: asm volatile(WITH("svinval", "sinval.vma %0, x0")::"r"(kVa) : "memory"); break;
          case 2: asm volatile(WITH("svinval", "sinval.vma x0, %0")::"r"(2ul) : "memory"); break;
          default: asm volatile(WITH("svinval", "sinval.vma %0, %1")::"r"(kVa), "r"(2ul) : "memory");
        }
        asm volatile(WITH("svinval", "sfence.inval.ir") ::: "memory");
        is = load64(kVa);
      }));
      CHECK_EQ(is, 5 + round % 2);
    }
  }
  return 0;
}
