// A trap inside a machine handler overwrites mepc, mcause and mtval and says M in MPP; the handler goes on after MRET.
#include "lib/test.h"

static uint64_t causes[4], mpp[4], depth;

extern "C" void nest(uint64_t cause) {
  causes[depth] = cause;
  mpp[depth] = CSR_READ(mstatus) >> 11 & 3;
  ++depth;
  if (depth == 1) asm volatile(".option push\n.option norvc\nebreak\n.option pop" ::: "memory");
  if (depth == 2) asm volatile(".word 0" ::: "memory");
}

extern "C" void handler();
asm(R"(
        .balign 4
handler:
        addi    sp, sp, -160
        sd      ra, 0(sp)
        sd      t0, 8(sp)
        sd      t1, 16(sp)
        sd      t2, 24(sp)
        sd      t3, 32(sp)
        sd      t4, 40(sp)
        sd      t5, 48(sp)
        sd      t6, 56(sp)
        sd      a0, 64(sp)
        sd      a1, 72(sp)
        sd      a2, 80(sp)
        sd      a3, 88(sp)
        sd      a4, 96(sp)
        sd      a5, 104(sp)
        sd      a6, 112(sp)
        sd      a7, 120(sp)
        csrr    a0, mepc
        sd      a0, 128(sp)
        csrr    a0, mstatus
        sd      a0, 136(sp)
        csrr    a0, mcause
        call    nest
        ld      a0, 128(sp)
        addi    a0, a0, 4
        csrw    mepc, a0
        ld      a0, 136(sp)
        csrw    mstatus, a0
        ld      ra, 0(sp)
        ld      t0, 8(sp)
        ld      t1, 16(sp)
        ld      t2, 24(sp)
        ld      t3, 32(sp)
        ld      t4, 40(sp)
        ld      t5, 48(sp)
        ld      t6, 56(sp)
        ld      a0, 64(sp)
        ld      a1, 72(sp)
        ld      a2, 80(sp)
        ld      a3, 88(sp)
        ld      a4, 96(sp)
        ld      a5, 104(sp)
        ld      a6, 112(sp)
        ld      a7, 120(sp)
        addi    sp, sp, 160
        mret
)");

int main() {
  CSR_WRITE(mtvec, &handler);
  asm volatile(".option push\n.option norvc\necall\n.option pop" ::: "memory");
  CHECK_EQ(depth, 3);
  CHECK_EQ(causes[0], kEcallM);
  CHECK_EQ(causes[1], kBreakpoint);
  CHECK_EQ(causes[2], kIllegalInstruction);
  for (int i = 0; i < 3; ++i) CHECK_EQ(mpp[i], kMachineMode);
  return 0;
}
