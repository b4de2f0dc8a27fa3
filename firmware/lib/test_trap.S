# Entering a snippet and catching its trap, for test.h.
#
# mscratch holds &context of this hart. sscratch holds its address as S-mode sees it while something
# is delegated. Offsets: Trap first, then what follows in struct Context of test.cpp.

#define CAUSE   256
#define EPC     264
#define TVAL    272
#define STATUS  280
#define TO      288
#define TAKEN   296
#define SAVED   304             /* ra sp gp tp s0-s11 */
#define IN_S    432             /* the S handler has recorded the trap */
#define T5      440
#define ACTIVE  448
#define ESCAPE  456             /* how to leave S-mode: 0 by ecall, 1 by an illegal instruction */

        .macro for_registers op, base
        .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        \op     x\n, (8*\n)(\base)
        .endr
        .endm

        .macro for_saved op, base
        \op     ra, (SAVED)(\base)
        \op     sp, (SAVED+8)(\base)
        \op     gp, (SAVED+16)(\base)
        \op     tp, (SAVED+24)(\base)
        \op     s0, (SAVED+32)(\base)
        \op     s1, (SAVED+40)(\base)
        \op     s2, (SAVED+48)(\base)
        \op     s3, (SAVED+56)(\base)
        \op     s4, (SAVED+64)(\base)
        \op     s5, (SAVED+72)(\base)
        \op     s6, (SAVED+80)(\base)
        \op     s7, (SAVED+88)(\base)
        \op     s8, (SAVED+96)(\base)
        \op     s9, (SAVED+104)(\base)
        \op     s10, (SAVED+112)(\base)
        \op     s11, (SAVED+120)(\base)
        .endm

        .text
# void test_enter(Context* a0, void (*a1)(void*), void* a2): MPP and MPIE are set already.
        .globl test_enter
test_enter:
        for_saved sd, a0
        li      t0, 1
        sd      t0, ACTIVE(a0)
        csrw    mepc, a1
        mv      a0, a2
        lla     ra, test_leave
        li      t6, 0
        mret

        .globl test_leave
        .balign 4
test_leave:
        ecall

        .balign 4
        .globl test_m_trap
test_m_trap:
        csrrw   t6, mscratch, t6
        sd      t5, T5(t6)
        ld      t5, ACTIVE(t6)
        beqz    t5, .Lunexpected
        ld      t5, IN_S(t6)
        bnez    t5, .Lrecorded
        ld      t5, T5(t6)
        for_registers sd, t6
        csrr    t0, mscratch
        sd      t0, (8*31)(t6)
        csrr    t0, mcause
        sd      t0, CAUSE(t6)
        csrr    t0, mepc
        sd      t0, EPC(t6)
        csrr    t0, mtval
        sd      t0, TVAL(t6)
        csrr    t0, mstatus
        sd      t0, STATUS(t6)
        li      t0, 3
        sd      t0, TO(t6)
.Lrecorded:
        csrw    mscratch, t6
        li      t0, 1 << 17             # MPRV
        csrc    mstatus, t0
        lla     t0, test_leave
        ld      t1, EPC(t6)
        li      t2, (1 << 32) - 1       # the alias of S-mode differs above
        and     t0, t0, t2
        and     t1, t1, t2
        sub     t0, t0, t1
        snez    t0, t0
        sd      t0, TAKEN(t6)
        sd      zero, IN_S(t6)
        sd      zero, ACTIVE(t6)
        for_saved ld, t6
        ret

.Lunexpected:
        csrw    mscratch, t6
        ld      tp, (SAVED+24)(t6)
        j       rt_unexpected_trap

        .balign 4
        .globl test_s_trap
test_s_trap:
        csrrw   t6, sscratch, t6
        for_registers sd, t6
        csrr    t0, sscratch
        sd      t0, (8*31)(t6)
        csrr    t0, scause
        sd      t0, CAUSE(t6)
        csrr    t0, sepc
        sd      t0, EPC(t6)
        csrr    t0, stval
        sd      t0, TVAL(t6)
        csrr    t0, sstatus
        sd      t0, STATUS(t6)
        li      t0, 1
        sd      t0, TO(t6)
        sd      t0, IN_S(t6)
        ld      t0, ESCAPE(t6)
        bnez    t0, .Lillegal
        ecall
.Lillegal:
        .word   0
