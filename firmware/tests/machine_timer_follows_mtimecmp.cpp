// MTIP is up exactly while mtime >= mtimecmp; halves of mtimecmp can be written as words.
#include "lib/irq.h"

int main() {
  *rt_mtimecmp(0) = ~0ull;
  CHECK(mip_becomes(kMTI, 0));
  const uint64_t when = *rt_mtime() + 1000;
  *rt_mtimecmp(0) = when;
  CHECK_EQ(*rt_mtimecmp(0), when);
  while (!(CSR_READ(mip) & kMTI)) {}
  CHECK(*rt_mtime() >= when);
  *rt_mtimecmp(0) = *rt_mtime() + 100000000;
  CHECK(mip_becomes(kMTI, 0));
  // By words, as RV32 does.
  const uintptr_t at = (uintptr_t)rt_mtimecmp(0);
  rt_write32(at + 4, ~0u);
  rt_write32(at, 5);
  CHECK_EQ(*rt_mtimecmp(0), 0xffffffff00000005);
  CHECK(mip_becomes(kMTI, 0));
  rt_write32(at + 4, 0);
  CHECK(mip_becomes(kMTI, kMTI));
  CSR_WRITE(mie, kMTI);
  CHECK_TRAP(run_in(kUserMode, [] { for (;;) asm volatile("nop"); }), kMachineTimer, 0);
  return 0;
}
