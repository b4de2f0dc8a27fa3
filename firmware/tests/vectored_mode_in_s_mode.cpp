// stvec in vectored mode: a delegated interrupt enters at BASE + 4 * cause, a delegated exception at BASE.
#include "lib/test.h"

extern "C" char s_vectors[];
asm(R"(
        .balign 256
s_vectors:
        .option push
        .option norvc
        .irp n, 0,1,2,3,4,5,6,7,8,9
        j       s_slot_\n
        .endr
        .option pop
        .irp n, 0,1,2,3,4,5,6,7,8,9
s_slot_\n:
        li      a0, \n
        csrr    a1, scause
        csrr    a2, sepc
        ecall
        .endr
)");

int main() {
  CSR_WRITE(medeleg, 1 << kBreakpoint);
  CSR_WRITE(mideleg, kSSI | kSTI | kSEI);
  CSR_WRITE(stvec, (uint64_t)s_vectors | 1);
  CHECK_EQ(CSR_READ(stvec), (uint64_t)s_vectors | 1);
  const Trap& exception = run_in(kUserMode, [] { asm volatile(AT("ebreak") ::: "t6"); });
  CHECK_EQ(exception.cause, kEcallS);  // of the handler
  CHECK_EQ(exception.x[10], 0);
  CHECK_EQ(exception.x[11], kBreakpoint);
  CHECK_EQ(exception.x[12], exception.x[31]);
  CSR_WRITE(mie, kSSI | kSEI | kSTI);
  struct { uint64_t bit, slot; } const interrupts[] = {{kSSI, 1}, {kSEI, 9}};
  for (const auto& i : interrupts) {
    CSR_SET(mip, i.bit);
    CSR_SET(mstatus, kSIE);
    const Trap& trap = run_in(kSupervisorMode, [] { for (;;) asm volatile("nop"); });
    CHECK_EQ(trap.x[10], i.slot);
    CHECK_EQ(trap.x[11], kInterrupt | i.slot);
    CSR_CLEAR(mip, i.bit);
  }
  return 0;
}
