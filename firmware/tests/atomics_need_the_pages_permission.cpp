// LR needs R and faults as a load; SC with a reservation, and AMOs, also those that only read, need W and fault as stores.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frame = new_frame();
    volatile uint64_t* entry = map_page(kVa, frame, kPageR);
    use_pages();
    CHECK_NO_TRAP(run_in(kSupervisorMode, [] { asm volatile("lr.d a0, (%0)" ::"r"(kVa) : "a0", "memory"); }));
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { asm volatile("lr.d a0, (%0)\n" AT("sc.d a0, a0, (%0)")::"r"(kVa) : "t6", "a0", "memory"); }), kStorePageFault, kVa);
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { asm volatile(AT("amoadd.w a0, x0, (%0)")::"r"(kVa) : "t6", "a0", "memory"); }), kStorePageFault, kVa);
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { asm volatile(AT("amoor.d x0, x0, (%0)")::"r"(kVa) : "t6", "memory"); }), kStorePageFault, kVa);
    *entry = pte_for(frame, kV | kX | kA | kD);
    sfence_vma();
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { asm volatile(AT("lr.w a0, (%0)")::"r"(kVa) : "t6", "a0", "memory"); }), kLoadPageFault, kVa);
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { asm volatile(AT("amoswap.w a0, x0, (%0)")::"r"(kVa) : "t6", "a0", "memory"); }), kStorePageFault, kVa);
    CHECK_EQ(*(volatile uint64_t*)frame, 0);
  }
  return 0;
}
