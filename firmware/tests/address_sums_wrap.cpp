// The address of a load is the sum modulo 2^64 of base and sign-extended offset, also where base alone is no address.
#include "lib/test.h"

int main() {
  static uint64_t word = 0x123456789;
  uint64_t v;
  asm volatile("addi t0, %1, 2047\nld %0, -2047(t0)" : "=r"(v) : "r"(&word) : "t0", "memory");
  CHECK_EQ(v, 0x123456789);
  asm volatile("addi t0, %1, -2048\nld %0, 2047(t0)" : "=r"(v) : "r"((uint64_t)&word + 1) : "t0", "memory");
  CHECK_EQ(v, 0x123456789);
  new_pages(kSv39);
  const uint64_t top = new_frame(), bottom = new_frame();
  map_page(0ull - kPage, top, kPageRW);
  map_page(0, bottom, kPageRW);
  use_pages();
  *(volatile uint64_t*)(top + kPage - 8) = 77;
  *(volatile uint64_t*)bottom = 88;
  uint64_t a = 0, b = 0;
  CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
    asm volatile("ld %0, -8(x0)\nli t0, -4\nld %1, 4(t0)" : "=&r"(a), "=&r"(b)::"t0", "memory");
  }));
  CHECK_EQ(a, 77);
  CHECK_EQ(b, 88);
  return 0;
}
