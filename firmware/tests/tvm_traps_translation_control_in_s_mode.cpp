// mstatus.TVM makes satp, SFENCE.VMA and SINVAL.VMA illegal in S-mode; not SFENCE.W.INVAL, and nothing in M-mode.
#include "lib/test.h"

int main() {
  for (const bool tvm : {true, false}) {
    CSR_CLEAR(mstatus, kTVM);
    if (tvm) CSR_SET(mstatus, kTVM);
    const auto check = [=](const Trap& trap) {
      if (tvm) test_check_illegal(__FILE__, __LINE__, trap);
      else CHECK_NO_TRAP(trap);
    };
    check(run_in(kSupervisorMode, [] { CSR_READ(satp); }));
    check(run_in(kSupervisorMode, [] { CSR_WRITE(satp, 0); }));
    check(run_in(kSupervisorMode, [] { asm volatile("csrwi satp, 0"); }));
    check(run_in(kSupervisorMode, [] { asm volatile("sfence.vma"); }));
    check(run_in(kSupervisorMode, [] { asm volatile("sfence.vma a0, a1"); }));
    check(run_in(kSupervisorMode, [] { asm volatile(WITH("svinval", "sinval.vma a0, a1")); }));
    CHECK_NO_TRAP(run_in(kSupervisorMode, [] { asm volatile(WITH("svinval", "sfence.w.inval\nsfence.inval.ir")); }));
    CHECK_NO_TRAP(run_in(kMachineMode, [] {
      CSR_WRITE(satp, 0);
      asm volatile("sfence.vma");
    }));
  }
  return 0;
}
