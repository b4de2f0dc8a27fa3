// Into the kernel from user mode, back again, and from one kernel stack to another.
// The offsets are those of struct Thread in thread.hpp, which asserts them.
#include "lib/callee_saved.h"

#define PC 0
#define KERNEL_STACK 256
#define HART 264

// In user mode sscratch holds the struct Thread, in the kernel zero; tp holds the struct Hart in the kernel.
.section .text
.balign 4
.global trap_entry
trap_entry:
  csrrw tp, sscratch, tp
  beqz tp, from_kernel
  sd x1, 8(tp)
  sd x2, 16(tp)
  sd x3, 24(tp)
  .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  sd x\n, (8 * \n)(tp)
  .endr
  csrrw t0, sscratch, zero
  sd t0, 32(tp)
  csrr t0, sepc
  sd t0, PC(tp)
  mv a0, tp
  ld sp, KERNEL_STACK(a0)
  ld tp, HART(a0)
  call trap_from_user

// a0 = the struct Thread to run; sstatus already says "user mode".
return_to_user:
  sd tp, HART(a0)
  csrw sscratch, a0
  ld t0, PC(a0)
  csrw sepc, t0
  .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  ld x\n, (8 * \n)(a0)
  .endr
  ld a0, 80(a0)
  sret

// The kernel runs with interrupts off, so this is a mistake of its own.
from_kernel:
  csrrw tp, sscratch, tp
  call trap_from_kernel

// Where a new thread's context begins.
.global thread_start
thread_start:
  call first_run
  j return_to_user

// switch_context(Context* from, Context* to): what a function call must preserve, and no more.
.global switch_context
switch_context:
  for_callee_saved sd, a0
  for_callee_saved ld, a1
  ret

// save_floats(uint64_t[33]), load_floats(const uint64_t[33]): f0 to f31, then fcsr.
.option arch, +d
.global save_floats
save_floats:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  fsd f\n, (8 * \n)(a0)
  .endr
  csrr t0, fcsr
  sd t0, 256(a0)
  ret
.global load_floats
load_floats:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  fld f\n, (8 * \n)(a0)
  .endr
  ld t0, 256(a0)
  csrw fcsr, t0
  ret
