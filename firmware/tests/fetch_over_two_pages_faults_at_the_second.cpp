// A 32-bit instruction whose second half lies in a page that faults: mepc is the instruction, mtval where the second page begins.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t first = new_frame(), second = new_frame();
    map_page(kVa, first, kPageRX);
    volatile uint64_t* entry = map_page(kVa + kPage, second, kPageRX);
    use_pages();
    const uint64_t at = kVa + kPage - 2;
    // addi a0, a0, 5 in two halves; then ret.
    const uint32_t addi = 5 << 20 | 10 << 15 | 10 << 7 | 0x13;
    *(volatile uint16_t*)(first + kPage - 2) = (uint16_t)addi;
    *(volatile uint16_t*)second = addi >> 16;
    *(volatile uint16_t*)(second + 2) = 0x8082;
    fence_i();
    uint64_t result = 0;
    for (int round = 0; round < 3; ++round) {
      *entry = pte_for(second, kPageRX);
      sfence_vma();
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { result = call_with(at, 10); }));
      CHECK_EQ(result, 15);
      struct { uint64_t pte, cause; } const spoiled[] = {
          {0, kFetchPageFault}, {pte_for(second, kPageRW), kFetchPageFault}, {pte_for(second, kPageRX | kUser), kFetchPageFault},
          {pte_for(0x18000000, kPageRX), kFetchAccessFault}};
      for (const auto& s : spoiled) {
        *entry = s.pte;
        sfence_vma();
        const Trap& trap = run_in(kSupervisorMode, [=] { call_with(at, 10); });
        CHECK_TRAP(trap, s.cause, kVa + kPage);
        CHECK_EQ(trap.epc, at);
        CHECK_EQ(trap.x[10], 10);
      }
      // A 16-bit instruction there does not need the second page; the one after it does.
      *(volatile uint16_t*)(first + kPage - 2) = 0x8082;
      fence_i();
      CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { call_with(at, 0); }));
      *(volatile uint16_t*)(first + kPage - 2) = 0x0001;  // c.nop
      fence_i();
      const Trap& trap = run_in(kSupervisorMode, [=] { call_with(at, 10); });
      CHECK_TRAP(trap, kFetchAccessFault, kVa + kPage);
      CHECK_EQ(trap.epc, kVa + kPage);
      *(volatile uint16_t*)(first + kPage - 2) = (uint16_t)addi;
      fence_i();
    }
  }
  return 0;
}
