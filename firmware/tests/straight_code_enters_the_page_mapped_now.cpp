// Code that runs over the end of its page, or jumps or branches to the next one, goes to the frame that is mapped there at that time.
#include "lib/assembler.h"
#include "lib/paging.h"

using namespace code;

int main() {
  new_pages(kSv39);
  const uint64_t first = new_frame();
  uint64_t seconds[3];
  map_page(kVa, first, kPageRX);
  volatile uint64_t* entry = map_page(kVa + kPage, 0, 0);
  use_pages();
  for (uint32_t i = 0; i < 3; ++i) {
    seconds[i] = new_frame();
    auto* at = (volatile uint32_t*)seconds[i];
    at[0] = addi(a0, a0, (int)(10 * (i + 1)));
    at[1] = ret;
  }
  auto* at = (volatile uint32_t*)first;
  at[0] = addi(a0, a0, 1);
  at[1] = jal(zero, (int)kPage - 4);
  at[16] = addi(a0, a0, 2);
  at[17] = beq(zero, zero, (int)kPage - 68);
  at[32] = bne(zero, zero, (int)kPage - 128);  // not taken
  at[33] = addi(a0, a0, 3);
  at[34] = jal(zero, (int)kPage - 136);
  at[1022] = addi(a0, a0, 4);
  at[1023] = addi(a0, a0, 5);
  fence_i();
  const struct { uint64_t offset, adds; } ways[] = {{0, 1}, {64, 2}, {128, 3}, {4092, 5}, {4088, 9}};
  for (unsigned round = 0; round < 60; ++round) {
    const unsigned i = round * 7 % 4;
    *entry = i == 3 ? 0 : pte_for(seconds[i], kPageRX);
    asm volatile("sfence.vma %0" ::"r"(kVa + kPage) : "memory");
    for (const auto& way : ways) {
      uint64_t result = 0;
      const Trap& trap = run_in(kSupervisorMode, [&] { result = call_with(kVa + way.offset, 100); });
      if (i == 3) {
        CHECK_TRAP(trap, kFetchPageFault, kVa + kPage);
        CHECK_EQ(trap.epc, kVa + kPage);
        CHECK_EQ(trap.x[10], 100 + way.adds);
      } else {
        CHECK_NO_TRAP(trap);
        CHECK_EQ(result, 100 + way.adds + 10 * (i + 1));
      }
    }
  }
  return 0;
}
