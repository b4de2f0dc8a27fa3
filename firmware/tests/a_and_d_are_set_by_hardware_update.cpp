// With menvcfg.ADUE = 1 (Svadu) an access sets A, a store or AMO also D, a load or fetch never D; an access that faults sets neither.
#include "lib/paging.h"

int main() {
  CSR_SET(0x30a, kADUE);
  CHECK_EQ(CSR_READ(0x30a) & kADUE, kADUE);
  for (const SatpMode paging : kPagings)
    for (const unsigned level : {0u, 1u}) {
      new_pages(paging);
      const uint64_t frame = level == 0 ? new_code_frame() : 0x80200000;
      *(volatile uint32_t*)frame = kRet;
      fence_i();
      volatile uint64_t* entry = map_page(kVa, frame, 0, level);
      use_pages();
      const uint64_t bare = pte_for(frame, kV | kR | kW | kX);
      for (const uint64_t ad : Values{0, kA, kD})
        for (const Access access : kAccesses) {
          checking("A and D, access", ad << 4 | access);
          *entry = bare | ad;
          sfence_vma();
          CHECK_NO_TRAP(try_access(kSupervisorMode, access, kVa));
          CHECK_EQ(*entry, bare | ad | kA | (access == kStore ? kD : 0));
        }
      // A load, then a store: D appears with the store, without a fence between.
      *entry = bare;
      sfence_vma();
      CHECK_NO_TRAP(try_access(kSupervisorMode, kLoad, kVa));
      CHECK_EQ(*entry, bare | kA);
      CHECK_NO_TRAP(try_access(kSupervisorMode, kStore, kVa));
      CHECK_EQ(*entry, bare | kA | kD);
      // An AMO is a store.
      *entry = bare;
      sfence_vma();
      CHECK_NO_TRAP(run_in(kSupervisorMode, [] { asm volatile("amoor.w a0, x0, (%0)" ::"r"(kVa) : "a0", "memory"); }));
      CHECK_EQ(*entry, bare | kA | kD);
      // What is not allowed sets nothing.
      for (const uint64_t flags : Values{kV | kR, kV | kX, kV | kR | kW | kUser}) {
        *entry = pte_for(frame, flags);
        sfence_vma();
        CHECK_TRAP(try_access(kSupervisorMode, kStore, kVa), kStorePageFault, kVa);
        CHECK_EQ(*entry, pte_for(frame, flags));
      }
    }
  return 0;
}
