// CBO.ZERO needs a writable page; the others one that is readable or writable. Their faults are store faults with the address that rs1 holds.
#include "lib/paging.h"

struct Kind {
  bool needs_write;
  void (*execute)(uint64_t);
};

int main() {
  static const Kind kinds[] = {
      {true, [](uint64_t at) { asm volatile(AT(WITH("zicboz", "cbo.zero (%0)"))::"r"(at) : "t6", "memory"); }},
      {false, [](uint64_t at) { asm volatile(AT(WITH("zicbom", "cbo.clean (%0)"))::"r"(at) : "t6", "memory"); }},
      {false, [](uint64_t at) { asm volatile(AT(WITH("zicbom", "cbo.flush (%0)"))::"r"(at) : "t6", "memory"); }},
      {false, [](uint64_t at) { asm volatile(AT(WITH("zicbom", "cbo.inval (%0)"))::"r"(at) : "t6", "memory"); }},
  };
  CSR_WRITE(0x30a, kCBZE | kCBCFE | kCbieInval);
  new_pages(kSv39);
  const uint64_t frame = new_frame();
  volatile uint64_t* entry = map_page(kVa, frame, 0);
  use_pages();
  constexpr uint64_t at = kVa + 0x123;
  for (const Kind& kind : kinds) {
    checking("kind", (uint64_t)(&kind - kinds));
    for (const uint64_t flags : Values{0, kPageRW, kPageR, kV | kX | kA, kPageRW | kUser, kPageRW & ~kA}) {
      CSR_CLEAR(0x30a, kADUE);
      *entry = pte_for(frame, flags);
      sfence_vma();
      const bool is_allowed = flags == kPageRW || (flags == kPageR && !kind.needs_write);
      const Trap& trap = run_in(kSupervisorMode, [&] { kind.execute(at); });
      if (is_allowed) CHECK_NO_TRAP(trap);
      else CHECK_TRAP_AT(trap, kStorePageFault, at);
    }
    CHECK_TRAP_AT(run_in(kMachineMode, [&] { kind.execute(0x18000005); }), kStoreAccessFault, 0x18000005);
  }
  return 0;
}
