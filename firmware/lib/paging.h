// What tests of page-table entries share: every kind of access and its faults.
#pragma once

#include "lib/test.h"

constexpr SatpMode kPagings[] = {kSv39, kSv48, kSv57};

enum Access { kLoad, kStore, kFetch };
constexpr Access kAccesses[] = {kLoad, kStore, kFetch};
constexpr uint64_t kPageFaults[] = {kLoadPageFault, kStorePageFault, kFetchPageFault};
constexpr uint64_t kAccessFaults[] = {kLoadAccessFault, kStoreAccessFault, kFetchAccessFault};

// One access in `mode`; the code at `va` should return.
inline const Trap& try_access(Mode mode, Access access, uint64_t va) {
  return run_in(mode, [=] {
    if (access == kLoad) load32(va);
    if (access == kStore) store32(va, kRet);
    if (access == kFetch) call(va);
  });
}

// Every access of `mode` to va faults with a page fault of its kind, at va.
inline void check_all_page_fault(Mode mode, uint64_t va) {
  for (const Access access : kAccesses) {
    const Trap& trap = try_access(mode, access, va);
    CHECK_TRAP(trap, kPageFaults[access], va);
    CHECK_EQ(trap.epc, access == kFetch ? va : trap.x[31]);
  }
}

inline void check_all_pass(Mode mode, uint64_t va) {
  for (const Access access : kAccesses) CHECK_NO_TRAP(try_access(mode, access, va));
}

// A frame that begins with RET.
inline uint64_t new_code_frame() {
  const uint64_t frame = new_frame();
  *(volatile uint32_t*)frame = kRet;
  fence_i();
  return frame;
}
