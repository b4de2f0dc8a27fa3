// A walk that may not read its table is an access fault of the original access; one that may not write A or D, too.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0);
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frame = new_code_frame();
    volatile uint64_t* entry = map_page(kVa, frame, kPageRWX);
    use_pages();
    const uint64_t table = (uint64_t)entry & ~(kPage - 1);
    set_pmp(0, 0, 0);
    check_all_pass(kSupervisorMode, kVa);
    for (const uint8_t bits : {0, (int)kPmpX}) {
      set_pmp(0, (uint8_t)(kPmpNapot | bits), pmp_napot(table, kPage));
      for (const Access access : kAccesses)
        CHECK_TRAP(try_access(kSupervisorMode, access, kVa), kAccessFaults[access], kVa);
    }
    set_pmp(0, kPmpNapot | kPmpR, pmp_napot(table, kPage));
    check_all_pass(kSupervisorMode, kVa);
    // The table cannot be written: no update of A and D.
    CSR_SET(0x30a, kADUE);
    *entry = pte_for(frame, kV | kR | kW | kX | kA);
    sfence_vma();
    CHECK_NO_TRAP(try_access(kSupervisorMode, kLoad, kVa));
    CHECK_TRAP(try_access(kSupervisorMode, kStore, kVa), kStoreAccessFault, kVa);
    CHECK_EQ(*entry, pte_for(frame, kV | kR | kW | kX | kA));
    set_pmp(0, 0, 0);
    CHECK_NO_TRAP(try_access(kSupervisorMode, kStore, kVa));
    CHECK_EQ(*entry, pte_for(frame, kPageRWX));
  }
  return 0;
}
