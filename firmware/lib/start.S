# Entry of every bare-metal program: one stack for each hart, then main() on hart 0; the others wait for work.
# Runs unchanged on rvx, Spike and `qemu-system-riscv64 -M virt -bios none`.

#define STACK_SHIFT 13  /* 8 KiB for each of up to eight harts, below __stack_top of bare.ld */
#define MAX_HARTS 8

        .section .text.start, "ax"
        .globl _start
_start:
        .option push
        .option norelax
        lla     gp, __global_pointer$
        .option pop
        lla     t0, rt_unexpected_trap
        csrw    mtvec, t0
        csrr    tp, mhartid
        li      t0, MAX_HARTS
        bgeu    tp, t0, .Lpark_for_ever
        lla     t1, rt_reset_arguments
        slli    t0, tp, 4
        add     t1, t1, t0
        sd      a0, 0(t1)
        sd      a1, 8(t1)
        lla     sp, __stack_top
        slli    t0, tp, STACK_SHIFT
        sub     sp, sp, t0
        bnez    tp, .Lsecondary

        lla     t0, __bss_start
        lla     t1, __bss_end
.Lclear:
        bgeu    t0, t1, .Lcleared
        sd      zero, 0(t0)
        addi    t0, t0, 8
        j       .Lclear
.Lcleared:
        fence   rw, w
        lla     t0, rt_is_ready
        li      t1, 1
        sw      t1, 0(t0)
        call    main
        call    rt_exit

# A machine-software interrupt (CLINT) wakes a hart; rt_work[hart] then holds the function to call.
# The interrupt is never taken: mie lets it end WFI, mstatus.MIE stays off.
.Lsecondary:
        csrwi   mie, 8                          # MSIE
        lla     s0, rt_is_ready
.Lwait_for_hart_0:
        lw      t0, 0(s0)
        beqz    t0, .Lwait_for_hart_0
        fence   r, rw
        lla     s1, rt_work
        slli    t0, tp, 3
        add     s1, s1, t0                      # &rt_work[hart]
        li      s2, 0x2000000                   # CLINT: msip
        slli    t0, tp, 2
        add     s2, s2, t0                      # &msip[hart]
.Lwork:
        wfi
        sw      zero, 0(s2)
        fence   rw, rw
        ld      t0, 0(s1)
        beqz    t0, .Lwork
        mv      a0, tp
        jalr    t0
        fence   rw, w
        sd      zero, 0(s1)                     # done: rt_run_on and rt_finish wait for this
        csrwi   mie, 8
        j       .Lwork

.Lpark_for_ever:
        csrwi   mie, 0
        wfi
        j       .Lpark_for_ever

# Default machine trap handler: print where and why, exit with status 121.
        .balign 4
        .globl rt_unexpected_trap
rt_unexpected_trap:
        csrr    a0, mcause
        csrr    a1, mepc
        csrr    a2, mtval
        lla     sp, __stack_top
        slli    t0, tp, STACK_SHIFT
        sub     sp, sp, t0
        j       rt_report_trap

# Not in .bss, which hart 0 clears while others come.
        .section .sdata, "aw"
        .balign 8
        .globl rt_reset_arguments
rt_reset_arguments:
        .zero   16 * MAX_HARTS
rt_is_ready:
        .word   0

# Where the host watches for the exit code, "HTIF". QEMU's virt takes them for plain RAM.
        .section .tohost, "aw"
        .balign 64
        .globl tohost
tohost: .dword  0
        .balign 64
        .globl fromhost
fromhost:
        .dword  0
