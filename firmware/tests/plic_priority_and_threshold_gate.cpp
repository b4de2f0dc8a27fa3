// A source interrupts a context only with its enable bit there and a priority above zero and above the context's threshold.
#include "lib/irq.h"

int main() {
  plic_enable_uart(0);
  plic_enable_uart(1);
  raise_uart_interrupt();
  CHECK(mip_becomes(kMEI | kSEI, kMEI | kSEI));
  const auto set_priority = [](uint32_t priority) {
    for (const uint32_t source : kUartSources) rt_write32(plic_priority(source), priority);
  };
  set_priority(0);
  CHECK(mip_becomes(kMEI | kSEI, 0));
  CHECK_EQ(rt_read32(plic_claim(0)), 0);
  set_priority(3);
  CHECK(mip_becomes(kMEI | kSEI, kMEI | kSEI));
  for (uint32_t threshold = 0; threshold <= 7; ++threshold) {
    rt_write32(plic_threshold(0), threshold);
    CHECK_EQ(rt_read32(plic_threshold(0)), threshold);
    CHECK(mip_becomes(kMEI | kSEI, threshold < 3 ? kMEI | kSEI : (uint64_t)kSEI));
  }
  rt_write32(plic_threshold(0), 0);
  rt_write32(plic_enable(1), 0);
  CHECK(mip_becomes(kMEI | kSEI, kMEI));
  rt_write32(plic_enable(0), 0);
  CHECK(mip_becomes(kMEI | kSEI, 0));
  return 0;
}
