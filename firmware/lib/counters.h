// Event counters for guest tests: their CSRs, by number, and events that rvx and QEMU both count.
#pragma once

#include "lib/test.h"

// CSR numbers, for csr_code(). hpmcounter3 is the first.
constexpr unsigned kMhpmcounter = 0xb00, kMhpmevent = 0x320, kHpmcounter = 0xc00, kFirstCounter = 3, kLastCounter = 10;

// Events by their numbers in the SBI.
constexpr uint64_t kCyclesEvent = 1, kInstructionsEvent = 2, kLoadTlbMisses = 0x10019, kStoreTlbMisses = 0x1001b, kFetchTlbMisses = 0x10021;
// rvx's own.
constexpr uint64_t kExceptionsEvent = 0x8001, kInterruptsEvent = 0x8002, kFencesEvent = 0x8003, kSatpWritesEvent = 0x8004;

// In M-mode, by number.
inline uint64_t read_csr(unsigned csr) { return call_with(csr_code(kCsrrs, csr, true), 0); }
inline void write_csr(unsigned csr, uint64_t value) { call_with(csr_code(kCsrrw, csr), value); }

// Instructions that retire: `count` times (an even number), besides those around.
inline void spin(uint64_t count) {
  asm volatile("1: addi %0, %0, -2\nbnez %0, 1b" : "+r"(count));
}
