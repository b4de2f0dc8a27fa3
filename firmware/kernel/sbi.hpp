// Calls to the firmware below (SBI): console, timer, harts, IPIs, reset.
#pragma once

#include "lib/riscv.h"

struct SbiResult {
  int64_t error;  // 0: success
  int64_t value;
};

inline SbiResult sbi_call(uint64_t extension, uint64_t function, uint64_t x = 0, uint64_t y = 0, uint64_t z = 0) {
  register uint64_t a0 asm("a0") = x;
  register uint64_t a1 asm("a1") = y;
  register uint64_t a2 asm("a2") = z;
  register uint64_t a6 asm("a6") = function;
  register uint64_t a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
  return {static_cast<int64_t>(a0), static_cast<int64_t>(a1)};
}

enum SbiExtension : uint64_t {
  kSbiLegacyPutchar = 1, kSbiBase = 0x10, kSbiTime = 0x54494d45, kSbiIpi = 0x735049,
  kSbiHsm = 0x48534d, kSbiReset = 0x53525354, kSbiConsole = 0x4442434e,
};

inline bool sbi_has(uint64_t extension) { return sbi_call(kSbiBase, 3, extension).value != 0; }
inline void sbi_set_timer(uint64_t when) { sbi_call(kSbiTime, 0, when); }
inline void sbi_send_ipi(uint64_t hart) { sbi_call(kSbiIpi, 0, 1, hart); }
inline SbiResult sbi_start_hart(uint64_t hart, uint64_t physical, uint64_t argument) {
  return sbi_call(kSbiHsm, 0, hart, physical, argument);
}
inline SbiResult sbi_console_write(uint64_t physical, uint64_t size) { return sbi_call(kSbiConsole, 0, size, physical, 0); }

// Powers off; the reason is "none" or "system failure".
[[noreturn]] inline void sbi_power_off(bool is_failure) {
  sbi_call(kSbiReset, 0, 0, is_failure);
  for (;;) asm volatile("wfi");
}
