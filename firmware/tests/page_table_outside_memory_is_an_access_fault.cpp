// A table where there is no memory is an access fault of the original access, at every level and for the root; tval is the virtual address.
#include "lib/paging.h"

constexpr uint64_t kNothing = 0x18000000;

int main() {
  for (const SatpMode paging : kPagings)
    for (unsigned level = 1; level < (unsigned)paging - 5; ++level) {
      checking("mode, level", (uint64_t)paging << 4 | level);
      const uint64_t va = (0ull - (1ull << (12 + 9 * (paging - 5) - 2))) + 0x5678;
      new_pages(paging);
      map_page(va, new_code_frame(), kPageRWX);
      *entry_of(va, level) = pte_for(kNothing, kV);
      use_pages();
      for (const Access access : kAccesses) {
        const Trap& trap = try_access(kSupervisorMode, access, va);
        CHECK_TRAP(trap, kAccessFaults[access], va);
        CHECK_EQ(trap.epc, access == kFetch ? va : trap.x[31]);
      }
    }
  // The root itself: the fetch of the very next instruction faults.
  const Trap& trap = run_in(kSupervisorMode, [] {
    CSR_WRITE(satp, kSv39 << 60 | kNothing >> 12);
    asm volatile("sfence.vma" ::: "memory");
  });
  CHECK_TRAP(trap, kFetchAccessFault, trap.epc);
  CHECK_EQ(trap.to, kMachineMode);
  return 0;
}
