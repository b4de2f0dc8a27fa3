# Every kind of switch of lab contexts, each as short as it can be: traps of user mode, and a user-level one.
#
# Saved and restored is what the words of a Thread (guest.cpp) are: nothing else is loaded or stored.

#include "lib/callee_saved.h"

#define SEPC 0          /* then x1 to x31 at 8 * number */
#define NEXT 256
#define SATP 264
#define FP   272
#define FCSR 528

        .option arch, +d
        .macro for_all op, base         # but x31
        .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        \op     x\n, (8*\n)(\base)
        .endr
        .endm
        .macro for_fp op, base
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op     f\n, (FP+8*\n)(\base)
        .endr
        .endm
        .macro for_caller_saved op, base
        \op     ra, 0(\base)
        \op     t0, 8(\base)
        \op     t1, 16(\base)
        \op     t2, 24(\base)
        \op     t3, 32(\base)
        \op     t4, 40(\base)
        \op     t5, 48(\base)
        \op     t6, 56(\base)
        \op     a0, 64(\base)
        \op     a1, 72(\base)
        \op     a2, 80(\base)
        \op     a3, 88(\base)
        \op     a4, 96(\base)
        \op     a5, 104(\base)
        \op     a6, 112(\base)
        \op     a7, 120(\base)
        .endm
        .macro for_callee_saved_fp op, base
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
        \op     fs\n, (112+8*\n)(\base)
        .endr
        .endm

        .text
# void enter_user(Thread* a0): returns when a thread makes a system call with a7 = 1.
        .globl enter_user
enter_user:
        addi    sp, sp, -112
        for_callee_saved sd, sp
        lla     t0, kernel_stack
        sd      sp, 0(t0)
        mv      t6, a0
        csrr    t0, sstatus
        srli    t0, t0, 13
        andi    t0, t0, 3
        j       restore

leave_user:
        lla     t0, kernel_stack
        ld      sp, 0(t0)
        for_callee_saved ld, sp
        addi    sp, sp, 112
        ret

# --- the processor's context: a trap that returns to the same thread ---------------------------------
# A handler in C may use what its caller has to save. sscratch: a stack, which ends where the thread begins.
        .balign 4
        .globl trap_processor
trap_processor:
        csrrw   sp, sscratch, sp
        addi    sp, sp, -128
        for_caller_saved sd, sp
        bnez    a7, leave_user
        csrr    t0, sepc
        addi    t0, t0, 4               # behind the ecall
        csrw    sepc, t0
        for_caller_saved ld, sp
        addi    sp, sp, 128
        csrrw   sp, sscratch, sp
        sret

# --- a thread's context: all registers, and the processor's own of the trap ---------------------------
# sscratch: the thread that runs.
        .macro save_thread
        csrrw   t6, sscratch, t6
        for_all sd, t6
        csrr    t0, sscratch
        sd      t0, (8*31)(t6)
        csrr    t0, sepc
        addi    t0, t0, 4
        sd      t0, SEPC(t6)
        csrr    t0, sstatus
        srli    t0, t0, 13
        andi    t0, t0, 3               # FS: 0 off, 2 clean, 3 dirty
        addi    t1, t0, -3
        bnez    t1, 1f
        for_fp  fsd, t6
        frcsr   t1
        sd      t1, FCSR(t6)
1:      bnez    a7, leave_user
        ld      t6, NEXT(t6)            # whom the scheduler has chosen
        .endm

        .macro restore_thread           # t0: FS of the one before; all threads are alike
        beqz    t0, resume
        for_fp  fld, t6
        ld      t1, FCSR(t6)
        fscsr   t1
        li      t1, 1 << 13             # dirty to clean
        csrc    sstatus, t1
resume:
        csrw    sscratch, t6
        ld      t0, SEPC(t6)
        csrw    sepc, t0
        for_all ld, t6
        ld      t6, (8*31)(t6)
        sret
        .endm

        .balign 4
        .globl trap_thread
trap_thread:
        save_thread
        j       restore

# --- a process': the address space, too ---------------------------------------------------------------
        .balign 4
        .globl trap_process
trap_process:
        save_thread
        ld      t1, SATP(t6)
        csrw    satp, t1
        j       restore

        .balign 4
        .globl trap_process_flush
trap_process_flush:
        save_thread
        ld      t1, SATP(t6)
        csrw    satp, t1
        sfence.vma
restore:
        restore_thread

        .bss
        .balign 8
kernel_stack:
        .zero   8

# --- user mode: a page that is mapped elsewhere, and code that does not care where it is ---------------
        .text
        .balign 4096
        .globl user_page
user_page:
# s0 and s1: the user-level contexts of this thread and of the other one; s2 and s3: the words of the events
# that begin and end a measurement, s4 its name; s5: how many switches are left; s6: whether to use floating
# point, and for user_swaps which of the two below.
        .globl user_traps
user_traps:
        beqz    s6, 1f
        fadd.d  fs0, fs0, fs1
1:      sltu    x0, s2, s4
        ecall
        .globl user_traps_behind
user_traps_behind:
        sltu    x0, s3, s4
        addi    s5, s5, -1
        bnez    s5, user_traps
        li      a7, 1
        ecall

        .globl user_swaps
user_swaps:
        sltu    x0, s2, s4
        jalr    s6
        .globl user_swaps_behind
user_swaps_behind:
        sltu    x0, s3, s4
        addi    s5, s5, -1
        bnez    s5, user_swaps
        li      a7, 1
        ecall

# From the context at s0 to that at s1. As for any call, what the caller saves is not kept.
        .globl swap
swap:
        for_callee_saved sd, s0
        mv      t0, s1
        for_callee_saved ld, t0
        ret
        .globl swap_with_fp
swap_with_fp:
        for_callee_saved sd, s0
        for_callee_saved_fp fsd, s0
        mv      t0, s1
        for_callee_saved ld, t0
        for_callee_saved_fp fld, t0
        ret
        .balign 4096
