// The one lock of the kernel, held whenever a hart is in it: what a single hart would read holds for eight.
#pragma once

#include "lib/riscv.h"

// Taken on entry from user mode and after waiting for interrupts, given back on the way out; a switch
// hands it on to the next thread. First come, first served would be fairer; but where an emulator has
// more harts than its host has cores, the next in line is mostly one that the host does not run.
class KernelLock {
 public:
  void take() {
    while (__atomic_exchange_n(&is_taken_, 1, __ATOMIC_ACQUIRE)) {
      // Reading leaves the line shared; only when it looks free is it worth another exchange.
      while (__atomic_load_n(&is_taken_, __ATOMIC_RELAXED)) asm volatile(".insn i 0x0f, 0, x0, x0, 0x010");  // pause
    }
  }
  void give() { __atomic_store_n(&is_taken_, 0, __ATOMIC_RELEASE); }

 private:
  uint32_t is_taken_ = 0;
};

extern KernelLock kernel_lock;
