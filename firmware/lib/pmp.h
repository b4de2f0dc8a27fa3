// What tests of PMP share: an area to protect, and every kind of access to it.
#pragma once

#include "lib/paging.h"

constexpr uint64_t kArea = 0x80400000;  // RAM that the program does not use

// All entries off, which is not what every machine starts with, and so many bytes of RET in the area.
inline void begin_pmp_test(uint64_t bytes) {
  CSR_WRITE(pmpcfg0, 0);
  CSR_WRITE(pmpcfg2, 0);
  sfence_vma();
  for (uint64_t at = kArea; at < kArea + bytes; at += 4) *(volatile uint32_t*)at = kRet;
  fence_i();
}

// Whether load, store and fetch of four bytes at `at` pass in `mode`, as bits kPmpR, kPmpW, kPmpX. What does
// not pass must be an access fault of its kind.
inline uint8_t permissions_at(Mode mode, uint64_t at) {
  uint8_t bits = 0;
  for (const Access access : kAccesses) {
    const Trap& trap = try_access(mode, access, at);
    if (trap.taken) {
      CHECK_TRAP(trap, kAccessFaults[access], at);
      CHECK_EQ(trap.epc, access == kFetch ? at : trap.x[31]);
    } else {
      bits |= access == kLoad ? kPmpR : access == kStore ? kPmpW : kPmpX;
    }
  }
  return bits;
}

constexpr uint8_t kPmpRWX = kPmpR | kPmpW | kPmpX;
