# Enters generated code, which may use every register, and comes back; saves all registers at a trap.

        .bss
        .balign 8
driver: .skip   14 * 8                  # what run_case must give back
        .globl trap_frame
trap_frame:
        .skip   32 * 8                  # x0 to x31; mscratch holds its address
        .skip   4096
trap_stack:

        .text
        .globl run_case                 # void run_case(uint64_t entry, uint64_t to_supervisor)
run_case:
        lla     t0, driver
        sd      ra, 0(t0)
        sd      sp, 8(t0)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\n, 16 + 8 * \n(t0)
        .endr
        beqz    a1, .Lin_machine_mode
        li      t0, 3 << 11             # mstatus.MPP
        csrc    mstatus, t0
        li      t0, 1 << 11
        csrs    mstatus, t0
        csrw    mepc, a0
        mret
.Lin_machine_mode:
        jr      a0

        .globl leave_supervisor         # in S-mode the way to leave_case; on_trap knows it
leave_supervisor:
        ecall

        .globl leave_case               # generated code jumps here when it is done
leave_case:
        lla     t0, driver
        ld      ra, 0(t0)
        ld      sp, 8(t0)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        ld      s\n, 16 + 8 * \n(t0)
        .endr
        .option push
        .option norelax
        lla     gp, __global_pointer$
        .option pop
        ret

        .balign 4
        .globl trap_entry
trap_entry:
        csrrw   sp, mscratch, sp        # sp = trap_frame
        .irp    n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        sd      x\n, 8 * \n(sp)
        .endr
        csrr    t0, mscratch
        sd      t0, 16(sp)
        csrw    mscratch, sp
        mv      a0, sp
        .option push
        .option norelax
        lla     gp, __global_pointer$
        .option pop
        lla     sp, trap_stack
        call    on_trap
        csrr    sp, mscratch
        .irp    n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        ld      x\n, 8 * \n(sp)
        .endr
        ld      sp, 16(sp)
        mret

        .section .image, "aw"
        .skip   0xc00000                # the generator fills it: kVectorsImage of layout.h
