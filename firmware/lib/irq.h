// Interrupts on demand for guest tests: every source by its device, and the PLIC behind the UART.
#pragma once

#include "lib/test.h"

// The UART's input at the PLIC: QEMU's virt and rvx have 10, Spike 1. Both are prepared; this tells which it is.
constexpr uint32_t kUartSources[] = {10, 1};

// PLIC registers; context 2 * hart is its M-mode, 2 * hart + 1 its S-mode.
inline uintptr_t plic_priority(uint32_t source) { return RT_PLIC + 4 * source; }
inline uintptr_t plic_pending(uint32_t source) { return RT_PLIC + 0x1000 + source / 32 * 4; }
inline uintptr_t plic_enable(unsigned context) { return RT_PLIC + 0x2000 + 0x80 * context; }  // sources 0-31
inline uintptr_t plic_threshold(unsigned context) { return RT_PLIC + 0x200000 + 0x1000 * context; }
inline uintptr_t plic_claim(unsigned context) { return plic_threshold(context) + 4; }

// The UART asks for service as long as its transmitter is empty, which it always is.
inline void uart_interrupt(bool on) { rt_write8(RT_UART + 1, on ? 2 : 0); }
// Reading IIR acknowledges "transmitter empty"; switching the interrupt off and on raises it again.
inline void raise_uart_interrupt() {
  uart_interrupt(false);
  uart_interrupt(true);
}

inline void plic_enable_uart(unsigned context, uint32_t priority = 1) {
  uint32_t bits = 0;
  for (const uint32_t source : kUartSources) {
    rt_write32(plic_priority(source), priority);
    bits |= 1u << source;
  }
  rt_write32(plic_threshold(context), 0);
  rt_write32(plic_enable(context), bits);
}

// mip after what was just done has had time to arrive (QEMU's devices run beside the hart).
inline bool mip_becomes(uint64_t mask, uint64_t value) {
  for (int i = 0; i < 1000000; ++i)
    if ((CSR_READ(mip) & mask) == value) return true;
  return false;
}
