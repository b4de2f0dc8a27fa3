// The one lock of the kernel, held whenever a hart is in it: what a single hart would read holds for eight.
#pragma once

#include "lib/riscv.h"

// Tickets are served in order, so that no hart starves. Taken on entry from user mode and after waiting
// for interrupts, given back on the way out; a switch hands it on to the next thread.
class KernelLock {
 public:
  void take() {
    const uint32_t ticket = __atomic_fetch_add(&next_, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&serving_, __ATOMIC_ACQUIRE) != ticket) asm volatile(".insn i 0x0f, 0, x0, x0, 0x010");  // pause
  }
  void give() { __atomic_store_n(&serving_, serving_ + 1, __ATOMIC_RELEASE); }

 private:
  uint32_t next_ = 0, serving_ = 0;
};

extern KernelLock kernel_lock;
