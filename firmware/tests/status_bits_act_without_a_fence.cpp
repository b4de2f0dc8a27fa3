// SUM, MXR, MPRV and the mode itself change what is allowed at once: no SFENCE.VMA stands between.
#include "lib/paging.h"

int main() {
  new_pages(kSv39);
  map_page(kVa, new_code_frame(), kPageRWX | kUser);
  map_page(kVa + kPage, new_code_frame(), kV | kX | kA | kD);
  use_pages();
  for (int round = 0; round < 3; ++round) {
    CSR_CLEAR(mstatus, kSUM | kMXR);
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { load32(kVa); }), kLoadPageFault, kVa);
    CHECK_TRAP_AT(run_in(kSupervisorMode, [] { load32(kVa + kPage); }), kLoadPageFault, kVa + kPage);
    // On and off again inside one snippet.
    const Trap& sum = run_in(kSupervisorMode, [] {
      CSR_SET(sstatus, kSUM);
      asm volatile("lw a0, (%0)\nsw a0, (%0)" ::"r"(kVa) : "a0", "memory");
      CSR_CLEAR(sstatus, kSUM);
      store32(kVa, 1);
    });
    CHECK_TRAP_AT(sum, kStorePageFault, kVa);
    const Trap& mxr = run_in(kSupervisorMode, [] {
      CSR_SET(sstatus, kMXR);
      asm volatile("lw a0, (%0)" ::"r"(kVa + kPage) : "a0", "memory");
      CSR_CLEAR(sstatus, kMXR);
      load32(kVa + kPage);
    });
    CHECK_TRAP_AT(mxr, kLoadPageFault, kVa + kPage);
    CHECK_NO_TRAP(run_in(kUserMode, [] { load32(kVa); }));
    CHECK_TRAP_AT(run_in(kUserMode, [] { load32(kVa + kPage); }), kLoadPageFault, kVa + kPage);
  }
  return 0;
}
