// AMOCAS.W, .D and .Q: memory is replaced only where it equals rd; rd gets the old value either way; pairs are even registers.
#include "lib/test.h"

// The assembler of LLVM 19 has Zacas as an experiment only.
#define AMOCAS_D(rd, rs2, rs1) ".insn r 0x2f, 3, 0x14, " rd ", " rs1 ", " rs2
#define AMOCAS_Q(rd, rs2, rs1) ".insn r 0x2f, 4, 0x14, " rd ", " rs1 ", " rs2
#define AMOCAS_W_AQRL(rd, rs2, rs1) ".insn r 0x2f, 2, 0x17, " rd ", " rs1 ", " rs2

alignas(16) static uint64_t word[2];

int main() {
  uint64_t rd = 5;
  word[0] = 5;
  asm volatile(AMOCAS_D("%0", "%2", "%1") : "+&r"(rd) : "r"(word), "r"(9ul) : "memory");
  CHECK_EQ(rd, 5);
  CHECK_EQ(word[0], 9);
  rd = 5;
  asm volatile(AMOCAS_D("%0", "%2", "%1") : "+&r"(rd) : "r"(word), "r"(1ul) : "memory");
  CHECK_EQ(rd, 9);
  CHECK_EQ(word[0], 9);
  // Words: the upper half of rd does not count, the result is sign-extended, the neighbour stays.
  word[0] = 0x1234567880000000;
  rd = 0x5555555580000000;
  asm volatile(AMOCAS_W_AQRL("%0", "%2", "%1") : "+&r"(rd) : "r"(word), "r"(0xabcdef0011ul) : "memory");
  CHECK_EQ(rd, 0xffffffff80000000);
  CHECK_EQ(word[0], 0x12345678cdef0011);
  // Pairs.
  word[0] = 1;
  word[1] = 2;
  uint64_t low, high;
  asm volatile("li a2, 1\nli a3, 2\nli a4, 30\nli a5, 40\nmv a0, %2\n" AMOCAS_Q("a2", "a4", "a0") "\nmv %0, a2\nmv %1, a3"
               : "=r"(low), "=r"(high) : "r"(word) : "a0", "a2", "a3", "a4", "a5", "memory");
  CHECK_EQ(low, 1);
  CHECK_EQ(high, 2);
  CHECK_EQ(word[0], 30);
  CHECK_EQ(word[1], 40);
  asm volatile("li a2, 30\nli a3, 41\nli a4, 5\nli a5, 6\nmv a0, %2\n" AMOCAS_Q("a2", "a4", "a0") "\nmv %0, a2\nmv %1, a3"
               : "=r"(low), "=r"(high) : "r"(word) : "a0", "a2", "a3", "a4", "a5", "memory");
  CHECK_EQ(low, 30);
  CHECK_EQ(high, 40);
  CHECK_EQ(word[0], 30);
  CHECK_EQ(word[1], 40);
  // x0 as rd compares with zero and writes no register; x0 as rs2 stores zeros.
  asm volatile("mv a0, %0\nli a4, 7\nli a5, 8\n" AMOCAS_Q("x0", "a4", "a0") ::"r"(word) : "a0", "a4", "a5", "memory");
  CHECK_EQ(word[0], 30);
  word[0] = word[1] = 0;
  asm volatile("mv a0, %0\nli a4, 7\nli a5, 8\n" AMOCAS_Q("x0", "a4", "a0") ::"r"(word) : "a0", "a4", "a5", "memory");
  CHECK_EQ(word[0], 7);
  CHECK_EQ(word[1], 8);
  rd = 7;
  asm volatile(AMOCAS_D("%0", "x0", "%1") : "+&r"(rd) : "r"(word) : "memory");
  CHECK_EQ(word[0], 0);
  CHECK_EQ(word[1], 8);
  // Odd registers of a pair are reserved: amocas.q a1, a4, (a0) and a2, a5.
  CHECK_ILLEGAL(kMachineMode, asm volatile(".word 0x28e545af"));
  CHECK_ILLEGAL(kMachineMode, asm volatile(".word 0x28f5462f"));
  // A comparison that fails needs write permission all the same, and alignment.
  new_pages(kSv39);
  map_page(kVa, new_frame(), kPageR);
  use_pages();
  CHECK_TRAP_AT(run_in(kSupervisorMode, [] {
    asm volatile("li a2, 1\n" AT(AMOCAS_D("a2", "a4", "%0"))::"r"(kVa) : "t6", "a2", "memory");
  }), kStorePageFault, kVa);
  return 0;
}
