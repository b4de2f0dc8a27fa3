// One frame of code that is mapped at many addresses runs at each of them as if it were there alone: what is relative to the pc, links, jumps to the next page, and what a store changes.
#include "lib/assembler.h"
#include "lib/paging.h"

using namespace code;

int main() {
  constexpr unsigned kAliases = 64, kSeconds = 4;
  new_pages(kSv39);
  const uint64_t frame = new_frame();
  auto* at = (volatile uint32_t*)frame;
  // 0: where am I
  at[0] = auipc(a0, 0);
  at[1] = ret;
  // 64: a loop with a call in it: a0 times the address behind the call
  at[16] = addi(t1, ra, 0);
  at[17] = addi(t0, a0, 0);
  at[18] = addi(a0, zero, 0);
  at[19] = jal(ra, 52);
  at[20] = addi(t0, t0, -1);
  at[21] = bne(t0, zero, -8);
  at[22] = jalr(zero, t1, 0);
  at[32] = r_type(0x33, 0, 0, a0, a0, ra);  // add a0, a0, ra
  at[33] = ret;
  // 4088: over the page's end
  at[1022] = addi(a0, a0, 1);
  at[1023] = addi(a0, a0, 2);
  // 256: a constant that the test changes
  at[64] = li_a0(0);
  at[65] = ret;
  uint64_t seconds[kSeconds];
  for (uint32_t i = 0; i < kSeconds; ++i) {
    seconds[i] = new_frame();
    auto* second = (volatile uint32_t*)seconds[i];
    second[0] = addi(a0, a0, (int)(100 * (i + 1)));
    second[1] = ret;
  }
  const auto va = [](unsigned alias) { return kVa + alias * 2 * kPage; };
  for (unsigned alias = 0; alias < kAliases; ++alias) {
    map_page(va(alias), frame, kPageRX);
    map_page(va(alias) + kPage, seconds[alias * 7 % kSeconds], kPageRX);
  }
  use_pages();
  fence_i();
  for (unsigned round = 0; round < 20; ++round) {
    at[64] = li_a0(round + 1);
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
      asm volatile("sfence.vma");
      fence_i();
      for (unsigned alias = 0; alias < kAliases; ++alias) {
        const uint64_t page = va(alias);
        if (call_with(page, 0) != page) asm volatile("ebreak");
        if (call_with(page + 64, 10) != 10 * (page + 80)) asm volatile("ebreak");
        if (call_with(page + 4088, 0) != 3 + 100 * (alias * 7 % kSeconds + 1)) asm volatile("ebreak");
        if (call_with(page + 256, 0) != round + 1) asm volatile("ebreak");
      }
    }));
  }
  return 0;
}
