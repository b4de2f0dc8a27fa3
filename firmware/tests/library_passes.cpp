// The test library itself: snippets run in each mode, return or trap, and are told apart.
#include "lib/test.h"

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    int calls = 0;
    CHECK_NO_TRAP(run_in(mode, [&] { ++calls; }));
    CHECK_EQ(calls, 1);
    const Trap& trap = run_in(mode, [&] {
      asm volatile(AT("ebreak") ::: "t6", "memory");
      ++calls;
    });
    CHECK_TRAP_AT(trap, kBreakpoint, trap.epc);
    CHECK_EQ(trap.from(), mode);
    CHECK_EQ(trap.to, kMachineMode);
    CHECK_EQ(calls, 1);
  }
  for (const SatpMode paging : {kSv39, kSv48, kSv57}) {
    new_pages(paging);
    use_pages();
    for (const Mode mode : {kSupervisorMode, kUserMode, kSupervisorMode}) {
      int calls = 0;
      delegate(0);
      CHECK_NO_TRAP(run_in(mode, [&] { ++calls; }));
      CHECK_TRAP_AT(run_in(mode, [] { load8(kVa); }), kLoadPageFault, kVa);
      delegate(1 << kLoadPageFault | 1 << kEcallU);
      CHECK_NO_TRAP(run_in(mode, [&] { ++calls; }));
      const Trap& trap = run_in(mode, [] { load8(kVa); });
      CHECK_TRAP_AT(trap, kLoadPageFault, kVa);
      CHECK_EQ(trap.to, kSupervisorMode);
      CHECK_EQ(trap.from(), mode);
      CHECK_EQ(calls, 2);
    }
    no_pages();
  }
  return 0;
}
