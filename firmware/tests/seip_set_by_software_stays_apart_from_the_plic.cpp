// Reading mip gives the PLIC's SEIP or software's, but setting and clearing bits of mip works on software's alone.
#include "lib/irq.h"

int main() {
  plic_enable_uart(1);
  CHECK(mip_becomes(kSEI, 0));
  raise_uart_interrupt();
  CHECK(mip_becomes(kSEI, kSEI));
  // A read-modify-write of another bit must not keep the device's SEIP.
  CSR_SET(mip, kSSI);
  uint64_t old;
  asm volatile("csrrs %0, mip, %1" : "=r"(old) : "r"((uint64_t)kSSI) : "memory");
  CHECK_EQ(old & kSEI, kSEI);
  // Nor can software clear it while the device holds it.
  CSR_CLEAR(mip, kSEI);
  CHECK_EQ(CSR_READ(mip) & kSEI, kSEI);
  const uint32_t source = rt_read32(plic_claim(1));
  CHECK(source == 10 || source == 1);
  uart_interrupt(false);
  rt_write32(plic_claim(1), source);
  CHECK(mip_becomes(kSEI, 0));
  // Software's own.
  CSR_SET(mip, kSEI);
  CHECK_EQ(CSR_READ(mip) & kSEI, kSEI);
  CHECK_EQ(rt_read32(plic_claim(1)), 0);
  CSR_CLEAR(mip, kSEI);
  CHECK_EQ(CSR_READ(mip) & kSEI, 0);
  return 0;
}
