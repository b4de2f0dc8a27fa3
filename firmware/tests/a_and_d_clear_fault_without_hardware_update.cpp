// With menvcfg.ADUE = 0 (Svade) an access to a page with A clear, or a store with D clear, is a page fault and the entry stays.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings)
    for (const unsigned level : {0u, 1u}) {
      CSR_CLEAR(0x30a, kADUE);
      new_pages(paging);
      const uint64_t frame = level == 0 ? new_code_frame() : 0x80200000;
      *(volatile uint32_t*)frame = kRet;
      fence_i();
      volatile uint64_t* entry = map_page(kVa, frame, 0, level);
      use_pages();
      for (const uint64_t ad : Values{0, kD, kA, kA | kD}) {
        const uint64_t whole = pte_for(frame, kV | kR | kW | kX | ad);
        for (const Access access : kAccesses) {
          checking("A and D, access", ad << 4 | access);
          *entry = whole;
          sfence_vma();
          const Trap& trap = try_access(kSupervisorMode, access, kVa);
          if (!(ad & kA) || (access == kStore && !(ad & kD))) {
            CHECK_TRAP(trap, kPageFaults[access], kVa);
          } else {
            CHECK_NO_TRAP(trap);
          }
          CHECK_EQ(*entry, whole);
        }
      }
      // A load first must not make the store pass.
      *entry = pte_for(frame, kV | kR | kW | kX | kA);
      sfence_vma();
      CHECK_NO_TRAP(try_access(kSupervisorMode, kLoad, kVa));
      CHECK_TRAP(try_access(kSupervisorMode, kStore, kVa), kStorePageFault, kVa);
    }
  return 0;
}
