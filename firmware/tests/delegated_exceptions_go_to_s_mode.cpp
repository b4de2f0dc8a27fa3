// An exception whose medeleg bit is set goes from U and S to S-mode with scause, sepc and stval; from M-mode it stays there.
#include "lib/test.h"

constexpr uint64_t kNothing = 0x18000000;

struct Case {
  uint64_t cause;
  void (*snippet)();
  uint64_t tval;  // 1: that of epc
};

int main() {
  static const Case cases[] = {
      {kFetchAccessFault, [] { call(kNothing); }, kNothing},
      {kIllegalInstruction, [] { asm volatile(".word 0xffffffff"); }, 0xffffffff},
      {kBreakpoint, [] { asm volatile("ebreak"); }, 1},
      {kLoadAccessFault, [] { load64(kNothing); }, kNothing},
      {kStoreAccessFault, [] { store64(kNothing, 0); }, kNothing},
      {kEcallU, [] { asm volatile("ecall"); }, 0},
      {kFetchPageFault, [] { call(kVa); }, kVa},
      {kLoadPageFault, [] { load8(kVa); }, kVa},
      {kStorePageFault, [] { store8(kVa, 0); }, kVa},
  };
  for (const Case& c : cases) {
    const bool is_page_fault = c.cause >= kFetchPageFault;
    if (is_page_fault) {
      new_pages(kSv39);
      use_pages();
    }
    for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
      if (is_page_fault && mode == kMachineMode) continue;
      if (c.cause == kEcallU && mode != kUserMode) continue;
      for (const bool is_delegated : {true, false}) {
        // All but this one, or this one alone.
        const uint64_t bit = 1ull << c.cause;
        delegate(is_delegated ? bit : 0xb1ff & ~bit & ~(1ull << kEcallS));
        const Trap& trap = run_in(mode, c.snippet);
        CHECK_TRAP(trap, c.cause, c.tval == 1 ? trap.epc : c.tval);
        CHECK_EQ(trap.from(), mode);
        CHECK_EQ(trap.to, is_delegated && mode != kMachineMode ? kSupervisorMode : kMachineMode);
      }
    }
  }
  return 0;
}
