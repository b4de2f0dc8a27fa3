// Code is changed also by a store that begins in the page before, by CBO.ZERO, by floating-point stores, and by AMOs at an alias.
#include "lib/assembler.h"
#include "lib/paging.h"

using namespace code;

int main() {
  CSR_SET(mstatus, kFS);
  alignas(4096) static uint32_t area[2048];
  auto* at = (volatile uint32_t*)&area[1024];
  const auto entry = (uint64_t)at;
  for (uint32_t i = 0; i < 100; ++i) {
    at[0] = li_a0(i);
    at[1] = ret;
    fence_i();
    for (int again = 0; again < 3; ++again) CHECK_EQ(call_with(entry, 0), i);
    // Eight bytes from two bytes before the page on: the first six are the whole first instruction and a half.
    const uint64_t value = (uint64_t)li_a0(i + 500) << 16 | (uint64_t)(ret & 0xffff) << 48;
    asm volatile("sd %1, (%0)" ::"r"(entry - 2), "r"(value) : "memory");
    fence_i();
    CHECK_EQ(call_with(entry, 0), i + 500);
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfsd f1, (%0)")::"r"(entry), "r"((uint64_t)ret << 32 | li_a0(i + 700)) : "memory");
    fence_i();
    CHECK_EQ(call_with(entry, 0), i + 700);
    asm volatile("amoxor.d x0, %1, (%0)" ::"r"(entry), "r"((uint64_t)(li_a0(i + 700) ^ li_a0(i + 900))) : "memory");
    fence_i();
    CHECK_EQ(call_with(entry, 0), i + 900);
    asm volatile(WITH("zicboz", "cbo.zero (%0)")::"r"(entry + 8) : "memory");
    fence_i();
    const Trap& trap = run_in(kMachineMode, [=] { call_with(entry, 0); });
    CHECK_TRAP(trap, kIllegalInstruction, 0);
    CHECK_EQ(trap.epc, entry);
  }
  return 0;
}
