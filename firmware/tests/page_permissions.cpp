// R, W, X and U of a leaf against every access, mode, SUM and MXR, as "Virtual Address Translation Process" has it.
#include "lib/paging.h"

static bool is_allowed(uint64_t flags, Access access, Mode mode, bool sum, bool mxr) {
  if (mode == kUserMode && !(flags & kUser)) return false;
  if (mode == kSupervisorMode && (flags & kUser) && (access == kFetch || !sum)) return false;
  if (access == kFetch) return flags & kX;
  if (access == kStore) return flags & kW;
  return (flags & kR) || (mxr && (flags & kX));
}

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frame = new_code_frame();
    volatile uint64_t* entry = map_page(kVa, frame, 0);
    use_pages();
    for (const uint64_t rwx : Values{kR, kR | kW, kX, kR | kX, kR | kW | kX})
      for (const uint64_t user : Values{0, kUser}) {
        const uint64_t flags = kV | kA | kD | rwx | user;
        *entry = pte_for(frame, flags);
        for (const Mode mode : {kSupervisorMode, kUserMode})
          for (const uint64_t bits : Values{0, kSUM, kMXR, kSUM | kMXR}) {
            CSR_CLEAR(mstatus, kSUM | kMXR);
            CSR_SET(mstatus, bits);
            for (const Access access : kAccesses) {
              checking("flags, mode, access", flags << 8 | mode << 4 | access);
              asm volatile("sfence.vma %0" ::"r"(kVa) : "memory");
              const Trap& trap = try_access(mode, access, kVa);
              if (is_allowed(flags, access, mode, bits & kSUM, bits & kMXR)) {
                CHECK_NO_TRAP(trap);
              } else {
                CHECK_TRAP(trap, kPageFaults[access], kVa);
              }
            }
          }
      }
  }
  return 0;
}
