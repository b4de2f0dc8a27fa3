// CSRRW swaps, CSRRS and CSRRC set and clear bits, the immediate forms take five unsigned bits; rd gets the old value even when it is rs1.
#include "lib/test.h"

int main() {
  CSR_WRITE(mscratch, 0x1234);
  uint64_t a;
  asm volatile("csrrw %0, mscratch, %1" : "=r"(a) : "r"(0xff00ul));
  CHECK_EQ(a, 0x1234);
  asm volatile("csrrs %0, mscratch, %1" : "=r"(a) : "r"(0x00fful));
  CHECK_EQ(a, 0xff00);
  asm volatile("csrrc %0, mscratch, %1" : "=r"(a) : "r"(0xf00ful));
  CHECK_EQ(a, 0xffff);
  asm volatile("csrrwi %0, mscratch, 31" : "=r"(a));
  CHECK_EQ(a, 0x0ff0);
  asm volatile("csrrsi %0, mscratch, 16" : "=r"(a));
  CHECK_EQ(a, 31);
  asm volatile("csrrci %0, mscratch, 1" : "=r"(a));
  CHECK_EQ(a, 31);
  asm volatile("csrrci %0, mscratch, 0" : "=r"(a));
  CHECK_EQ(a, 30);
  asm volatile("csrrw %0, mscratch, x0" : "=r"(a));
  CHECK_EQ(a, 30);
  CHECK_EQ(CSR_READ(mscratch), 0);
  asm volatile("li %0, -1\ncsrrw %0, mscratch, %0" : "=r"(a));
  CHECK_EQ(a, 0);
  asm volatile("li %0, 255\ncsrrc %0, mscratch, %0" : "=r"(a));
  CHECK_EQ(a, ~0ull);
  CHECK_EQ(CSR_READ(mscratch), ~0ull << 8);
  return 0;
}
