// Where harts enter the kernel from OpenSBI: translation on, a stack, and off to C++.
.section .text.start, "ax"

// The boot hart: a0 = hart id, a1 = physical address of the device tree, satp = 0.
.global _start
_start:
  call to_upper_half
  la t0, bss_start
  la t1, bss_end
1:
  sd zero, (t0)
  addi t0, t0, 8
  bltu t0, t1, 1b
  la sp, boot_stack_top
  call kernel_main
1:
  wfi
  j 1b

// Every other hart, from SBI HSM: a0 = hart id, a1 = its struct Hart, whose first word is a stack.
.global _start_secondary
_start_secondary:
  call to_upper_half
  ld sp, 0(a1)
  mv a0, a1
  call secondary_main

// Turns Sv39 on and returns to the upper half. The caller's physical address is not mapped: the
// first fetch after the write of satp faults, and stvec already holds the upper address of what follows.
to_upper_half:
  la t0, kernel_page_table
  srli t0, t0, 12
  li t1, 8 << 60
  or t0, t0, t1
  li t2, -1 << 38
  la t1, 1f
  add t1, t1, t2
  add ra, ra, t2
  csrw stvec, t1
  sfence.vma
  csrw satp, t0
  .balign 4
1:
  la t0, trap_entry
  csrw stvec, t0
  csrw sscratch, zero
  ret

// The root page table without any process. Its upper half maps all of physical memory at kernel_base by
// global pages of 1 GiB, and every process's table has the same entries.
.section .data
.balign 4096
.global kernel_page_table
kernel_page_table:
  .zero 256 * 8
  .set gigabyte, 0
  .rept 256
  .dword (gigabyte << 28) | 0xef  // D A G X W R V
  .set gigabyte, gigabyte + 1
  .endr

.section .bss
.balign 16
  .space 8192
boot_stack_top:
