// With MODE = 1 an interrupt enters at BASE + 4 * cause and an exception at BASE; with MODE = 0 both enter at BASE.
#include "lib/test.h"

extern "C" char vectors[], vectored_done[];
// Every slot jumps to code that leaves its number in a0 (a1 for S) and returns to vectored_done.
asm(R"(
        .balign 256
vectors:
        .option push
        .option norvc
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
        j       slot_\n
        .endr
        .option pop
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
slot_\n:
        li      a0, \n
        j       vectored_done
        .endr
        .globl vectored_done
vectored_done:
        csrr    a1, mcause
        csrw    mie, zero
        jr      s11
)");

struct Entry {
  uint64_t slot, cause;
};

// Something that traps to the vectors; they come back here in M-mode.
#define ENTRY_OF(statement)                                                                       \
  ({                                                                                              \
    register uint64_t slot_ asm("a0");                                                            \
    register uint64_t cause_ asm("a1");                                                           \
    asm volatile("lla s11, 78f\n" statement "\n78:" : "=r"(slot_), "=r"(cause_)::"s11", "t0", "memory"); \
    Entry{slot_, cause_};                                                                         \
  })
#define SOFTWARE_INTERRUPT "li t0, 0x2000000\nli a0, 1\nsw a0, 0(t0)\ncsrwi mie, 8\ncsrsi mstatus, 8\n79: j 79b"

int main() {
  CSR_WRITE(mtvec, (uint64_t)vectors | 1);
  CHECK_EQ(CSR_READ(mtvec), (uint64_t)vectors | 1);
  Entry e = ENTRY_OF("ecall");
  CHECK_EQ(e.slot, 0);
  CHECK_EQ(e.cause, kEcallM);
  e = ENTRY_OF(SOFTWARE_INTERRUPT);
  CHECK_EQ(e.slot, 3);
  CHECK_EQ(e.cause, kMachineSoftware);
  *rt_msip(0) = 0;
  *rt_mtimecmp(0) = 0;
  e = ENTRY_OF("li t0, 128\ncsrw mie, t0\ncsrsi mstatus, 8\n79: j 79b");
  CHECK_EQ(e.slot, 7);
  CHECK_EQ(e.cause, kMachineTimer);
  *rt_mtimecmp(0) = ~0ull;
  CSR_WRITE(mtvec, (uint64_t)vectors);
  e = ENTRY_OF(SOFTWARE_INTERRUPT);
  CHECK_EQ(e.slot, 0);
  CHECK_EQ(e.cause, kMachineSoftware);
  *rt_msip(0) = 0;
  return 0;
}
