// CBO.ZERO without permission, behind many with it: a store page fault with the address that rs1 holds, at once when a page loses its permission, and nothing is cleared.
#include "lib/upper.h"

static __attribute__((noinline)) void zero(uint64_t at) { asm volatile(AT(WITH("zicboz", "cbo.zero (%0)"))::"r"(at) : "t6", "memory"); }

constexpr uint64_t kHigh = 0xffffffd000000000, kFrames = 0x80400000;

int main() {
  CSR_SET(0x30a, kCBZE);
  new_pages(kSv39);
  map_upper_program();
  map_page(kHigh, kFrames + kPage, kPageRW);
  use_pages(1);
  const uint64_t bad = kHigh + 8 * kPage;
  volatile uint64_t* const entry = map_page(bad, kFrames, 0);
  *(volatile uint64_t*)(kFrames + 64) = 77;
  for (const uint64_t flags : Values{0, kPageR, kPageR | kD, kPageRX, kPageRW | kUser})
    for (unsigned again = 0; again < 10; ++again) {
      checking("flags", flags);
      *entry = pte_for(kFrames, flags);
      sfence_vma();
      const Trap& trap = run_in_upper([=] {
        for (unsigned i = 0; i < 30; ++i) zero(kHigh + 0x1c7);
        if (flags & kR && !(flags & kUser)) load64(bad + 64);
        zero(bad + 0x45);
      });
      CHECK_TRAP_AT(trap, kStorePageFault, bad + 0x45);
      CHECK_EQ(*(volatile uint64_t*)(kFrames + 64), 77);
      *entry = pte_for(kFrames, kPageRW);
      sfence_vma();
      CHECK_TRAP_AT(run_in_upper([=] {
        for (unsigned i = 0; i < 30; ++i) zero(bad + 0x85);
        *upper(entry) = pte_for(kFrames, flags);
        asm volatile("sfence.vma %0, x0" ::"r"(bad) : "memory");
        zero(bad + 0x45);
      }), kStorePageFault, bad + 0x45);
      CHECK_EQ(*(volatile uint64_t*)(kFrames + 64), 77);
    }
  CHECK_TRAP_AT(run_in(kMachineMode, [] {
    for (unsigned i = 0; i < 30; ++i) zero(kFrames + 0x1000);
    zero(0x18000005);
  }), kStoreAccessFault, 0x18000005);
  return 0;
}
