// Simultaneous interrupts to M-mode are taken in the order MEI, MSI, MTI, SEI, SSI, STI.
#include "lib/irq.h"

int main() {
  // All six pending: external by the UART, software and timer by the CLINT, the supervisor's by mip.
  plic_enable_uart(0);
  raise_uart_interrupt();
  *rt_msip(0) = 1;
  *rt_mtimecmp(0) = 0;
  CSR_CLEAR(0x30a, kSTCE);
  CSR_SET(mip, kSEI | kSSI | kSTI);
  constexpr uint64_t kAll = kMEI | kMSI | kMTI | kSEI | kSSI | kSTI;
  CHECK(mip_becomes(kAll, kAll));
  const uint64_t order[] = {kMachineExternal, kMachineSoftware, kMachineTimer,
                            kSupervisorExternal, kSupervisorSoftware, kSupervisorTimer};
  for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode}) {
    uint64_t enabled = kAll;
    for (const uint64_t expected : order) {
      CSR_WRITE(mie, enabled);
      CHECK_TRAP(run_in(mode, [] { for (int i = 0; i < 1000; ++i) asm volatile("nop"); }, kMPIE), expected, 0);
      enabled &= ~(1ull << (expected & 63));
    }
    CSR_WRITE(mie, 0);
    CHECK_NO_TRAP(run_in(mode, [] { for (int i = 0; i < 1000; ++i) asm volatile("nop"); }, kMPIE));
  }
  return 0;
}
