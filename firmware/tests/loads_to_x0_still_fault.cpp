// A load, LR or AMO with rd = x0 accesses memory all the same: it faults, and a device sees it.
#include "lib/irq.h"

int main() {
  new_pages(kSv39);
  const uint64_t frame = new_frame();
  map_page(kVa + kPage, frame, kPageRW);
  use_pages();
  constexpr Mode mode = kSupervisorMode;
  CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("lb x0, (%0)")::"r"(kVa) : "t6"); }), kLoadPageFault, kVa);
  CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("ld x0, (%0)")::"r"(kVa) : "t6"); }), kLoadPageFault, kVa);
  CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("lr.w x0, (%0)")::"r"(kVa) : "t6"); }), kLoadPageFault, kVa);
  CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("amoadd.w x0, x0, (%0)")::"r"(kVa) : "t6"); }), kStorePageFault, kVa);
  CHECK_TRAP_AT(run_in(kMachineMode, [] { asm volatile(AT("lw x0, (%0)")::"r"(0x18000000ul) : "t6"); }), kLoadAccessFault, 0x18000000);
  // x0 stays zero, and reading IIR into it acknowledges the UART's interrupt.
  uint64_t v;
  asm volatile("li t0, 5\nsd t0, (%1)\nld x0, (%1)\nmv %0, x0" : "=r"(v) : "r"(frame) : "t0", "memory");
  CHECK_EQ(v, 0);
  raise_uart_interrupt();
  asm volatile("lbu x0, (%0)" ::"r"(RT_UART + 2) : "memory");
  CHECK_EQ(rt_read8(RT_UART + 2) & 15, 1);
  uart_interrupt(false);
  return 0;
}
