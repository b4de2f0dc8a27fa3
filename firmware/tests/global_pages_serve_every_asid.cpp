// A page with G is the same in all address spaces; a fence for one ASID need not end it, one for all does.
#include "lib/paging.h"

int main() {
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frames[] = {new_frame(), new_frame()};
    *(volatile uint64_t*)frames[0] = 1;
    *(volatile uint64_t*)frames[1] = 2;
    volatile uint64_t* entry = map_page(kVa, frames[0], kPageRW | kGlobal);
    use_pages(1);
    const auto value_in = [](uint64_t asid) {
      CSR_WRITE(satp, satp_for_pages(asid));
      uint64_t is = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { is = load64(kVa); }));
      return is;
    };
    for (const uint64_t asid : Values{1, 2, 3}) CHECK_EQ(value_in(asid), 1);
    *entry = pte_for(frames[1], kPageRW | kGlobal);
    asm volatile("sfence.vma x0, %0" ::"r"(1ul) : "memory");
    const uint64_t either = value_in(2);
    CHECK(either == 1 || either == 2);
    asm volatile("sfence.vma %0, x0" ::"r"(kVa) : "memory");
    for (const uint64_t asid : Values{1, 2, 3}) CHECK_EQ(value_in(asid), 2);
    *entry = pte_for(frames[0], kPageRW | kGlobal);
    asm volatile("sfence.vma" ::: "memory");
    for (const uint64_t asid : Values{3, 2, 1}) CHECK_EQ(value_in(asid), 1);
  }
  return 0;
}
