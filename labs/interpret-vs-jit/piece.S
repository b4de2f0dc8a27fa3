# A piece of straight code, to be copied: the same work at as many addresses as one likes.
#
# uint64_t piece(uint64_t a0), 64 instructions of four bytes.
        .text
        .option norvc
        .balign 256
        .globl piece, piece_end
piece:
        .rept   10
        slli    t0, a0, 13
        xor     a0, a0, t0
        srli    t0, a0, 7
        xor     a0, a0, t0
        slli    t0, a0, 17
        xor     a0, a0, t0
        .endr
        addi    a0, a0, 1
        andi    t0, a0, 255
        add     a0, a0, t0
        ret
piece_end:
