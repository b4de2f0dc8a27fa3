# The clock interrupt's handler in M-mode. What it keeps is one block of 64 bytes, to which mscratch points
# (struct Tick of guest.cpp); then it reads the blocks that stand for the rest of its work.
        .text
        .balign 64
        .globl tick_handler
tick_handler:
        csrrw   t6, mscratch, t6
        sd      t5, 0(t6)
        sd      t4, 8(t6)
        sd      t3, 16(t6)
        ld      t3, 24(t6)              # deadline += interval: ticks stay where they are, whenever they are served
        ld      t4, 32(t6)
        add     t3, t3, t4
        sd      t3, 24(t6)
        ld      t4, 40(t6)
        sd      t3, 0(t4)               # mtimecmp
        ld      t3, 48(t6)
        ld      t4, 56(t6)
.Lblock:
        bgeu    t3, t4, .Ldone
        ld      t5, 0(t3)
        addi    t3, t3, 64
        j       .Lblock
.Ldone:
        ld      t5, 0(t6)
        ld      t4, 8(t6)
        ld      t3, 16(t6)
        csrrw   t6, mscratch, t6
        mret
