// Code that was executed and then overwritten on the same hart runs in its new form after FENCE.I, every time, in every mode.
#include "lib/paging.h"

int main() {
  alignas(64) static uint32_t code[16];
  const auto write = [](uint32_t value) {
    volatile uint32_t* at = code;
    at[0] = li_a0(value);
    at[1] = kRet;
  };
  for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode})
    CHECK_NO_TRAP(run_in(mode, [&] {
      for (uint32_t i = 0; i < 500; ++i) {
        write(i);
        fence_i();
        for (int again = 0; again < 3; ++again)
          if (call_with((uint64_t)code, 0) != i) asm volatile("ebreak");
      }
    }));
  // By stores of every size, each changing one field of: addi a0, x0, n.
  volatile uint8_t* bytes = (volatile uint8_t*)code;
  write(0);
  fence_i();
  for (uint32_t n = 0; n < 2048; n += 37) {
    CHECK_EQ(call_with((uint64_t)code, 0), n ? n - 37 : 0);
    const uint32_t instruction = li_a0(n);
    if (n % 3 == 0) *(volatile uint32_t*)bytes = instruction;
    if (n % 3 == 1) *(volatile uint16_t*)(bytes + 2) = (uint16_t)(instruction >> 16);
    if (n % 3 == 2) {
      bytes[2] = (uint8_t)(instruction >> 16);
      bytes[3] = (uint8_t)(instruction >> 24);
    }
    fence_i();
    CHECK_EQ(call_with((uint64_t)code, 0), n);
  }
  // By an AMO and by SC.
  asm volatile("amoswap.w x0, %1, (%0)" ::"r"(code), "r"((uint64_t)li_a0(321)) : "memory");
  fence_i();
  CHECK_EQ(call_with((uint64_t)code, 0), 321);
  asm volatile("1: lr.w t0, (%0)\nsc.w t0, %1, (%0)\nbnez t0, 1b" ::"r"(code), "r"((uint64_t)li_a0(123)) : "t0", "memory");
  fence_i();
  CHECK_EQ(call_with((uint64_t)code, 0), 123);
  return 0;
}
