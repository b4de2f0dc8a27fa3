// A claim returns the pending source and takes it off pending; no other comes from it before completion; then a line still up pends again.
#include "lib/irq.h"

int main() {
  uart_interrupt(false);
  plic_enable_uart(0);
  CHECK(mip_becomes(kMEI, 0));
  CHECK_EQ(rt_read32(plic_claim(0)), 0);
  raise_uart_interrupt();
  CHECK(mip_becomes(kMEI, kMEI));
  const uint32_t source = rt_read32(plic_claim(0));
  CHECK(source == 10 || source == 1);
  // Claimed: not pending, line still up, nothing more to claim.
  CHECK_EQ(rt_read32(plic_pending(source)) >> source & 1, 0);
  CHECK(mip_becomes(kMEI, 0));
  CHECK_EQ(rt_read32(plic_claim(0)), 0);
  // Completed with the line up: pending again.
  rt_write32(plic_claim(0), source);
  CHECK(mip_becomes(kMEI, kMEI));
  CHECK_EQ(rt_read32(plic_pending(source)) >> source & 1, 1);
  // Claimed, served at the device, completed: quiet.
  CHECK_EQ(rt_read32(plic_claim(0)), source);
  CHECK_EQ(rt_read8(RT_UART + 2) & 15, 2);  // IIR says and acknowledges "transmitter empty"
  rt_write32(plic_claim(0), source);
  CHECK(mip_becomes(kMEI, 0));
  CHECK_EQ(rt_read8(RT_UART + 2) & 15, 1);
  // A byte sent raises it anew.
  rt_write8(RT_UART, '\n');
  CHECK(mip_becomes(kMEI, kMEI));
  CHECK_EQ(rt_read32(plic_claim(0)), source);
  uart_interrupt(false);
  rt_write32(plic_claim(0), source);
  CHECK(mip_becomes(kMEI, 0));
  return 0;
}
