// Taking R, W, X, U or V away, or D and A, is seen after SFENCE.VMA although the access passed before.
#include "lib/paging.h"

int main() {
  CSR_CLEAR(0x30a, kADUE);
  for (const SatpMode paging : kPagings) {
    new_pages(paging);
    const uint64_t frame = new_code_frame();
    volatile uint64_t* entry = map_page(kVa, frame, kPageRWX);
    use_pages(3);
    struct { uint64_t taken; bool load, store, fetch; } const cases[] = {
        {kW, true, false, true}, {kX, true, true, false}, {kV, false, false, false}, {kD, true, false, true},
        {kA, false, false, false}, {kR | kW, false, false, true}};
    for (const auto& c : cases)
      for (const bool by_address : {true, false}) {
        checking("taken", c.taken);
        *entry = pte_for(frame, kPageRWX);
        sfence_vma();
        check_all_pass(kSupervisorMode, kVa);
        *entry = pte_for(frame, kPageRWX & ~c.taken);
        if (by_address) asm volatile("sfence.vma %0, x0" ::"r"(kVa) : "memory");
        else asm volatile("sfence.vma x0, %0" ::"r"(3ul) : "memory");
        const bool passes[] = {c.load, c.store, c.fetch};
        for (const Access access : kAccesses) {
          const Trap& trap = try_access(kSupervisorMode, access, kVa);
          if (passes[access]) CHECK_NO_TRAP(trap);
          else CHECK_TRAP(trap, kPageFaults[access], kVa);
        }
      }
  }
  return 0;
}
