// Where programs begin, system calls, and the switch between two user-level threads.
#include "lib/callee_saved.h"

.section .text.start, "ax"
.global _start
_start:  // a0 = argc, a1 = argv
  call main
  li a7, 0  // Call::kExit
  ecall

// system_call(a0 ... a5, unused, number): out of line, so that a user-level thread that is in it has
// nothing to lose but what a function call preserves.
.section .text
.global raw_call
raw_call:
  ecall
  ret

// switch_registers(uint64_t from[14], const uint64_t to[14]): ra, sp, s0 to s11. No trap, no kernel.
.global switch_registers
switch_registers:
  for_callee_saved sd, a0
  for_callee_saved ld, a1
  ret

// resume_saved(uint64_t from[14], const uint64_t saved[32]): goes on with a thread that was in raw_call, from the
// registers that the kernel left ([n] is xn). What raw_call's caller expects is all that it needs.
.global resume_saved
resume_saved:
  for_callee_saved sd, a0
  .irp n, 1, 2, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
  ld x\n, (8 * \n)(a1)
  .endr
  ld a0, 80(a1)
  ret
