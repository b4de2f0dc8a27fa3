// PBMT values 1 and 2 are legal in leaves with menvcfg.PBMTE, and page faults without; 3 is reserved always.
#include "lib/paging.h"

int main() {
  for (const bool is_enabled : {true, false}) {
    CSR_CLEAR(0x30a, kPBMTE);
    if (is_enabled) CSR_SET(0x30a, kPBMTE);
    for (const SatpMode paging : kPagings)
      for (const uint64_t pbmt : Values{kPbmtNc, kPbmtIo, kPbmtReserved})
        for (const unsigned level : {0u, 1u}) {
          checking("PBMT", pbmt);
          new_pages(paging);
          const uint64_t frame = level == 0 ? new_code_frame() : 0x80200000;
          *(volatile uint32_t*)frame = kRet;
          fence_i();
          map_page(kVa, frame, kPageRWX | pbmt, level);
          use_pages();
          if (is_enabled && pbmt != kPbmtReserved) {
            check_all_pass(kSupervisorMode, kVa);
          } else {
            check_all_page_fault(kSupervisorMode, kVa);
          }
        }
  }
  return 0;
}
