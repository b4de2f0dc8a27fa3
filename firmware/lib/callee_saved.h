// For assembler: what a function call must preserve, ra, sp and s0 to s11, to and from 14 words.
#pragma once

// for_callee_saved sd, a0 stores them, for_callee_saved ld, a0 loads them; a0 is the address.
.macro for_callee_saved op, base
  \op ra, 0(\base)
  \op sp, 8(\base)
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  \op s\n, (16 + 8 * \n)(\base)
  .endr
.endm
