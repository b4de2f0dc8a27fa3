// With MPRV, M-mode's loads and stores are checked as those of MPP's mode; its fetches are not.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(4096);
  set_pmp(0, kPmpNapot | kPmpR, pmp_napot(kArea, 4096));
  for (const Mode as : {kUserMode, kSupervisorMode, kMachineMode})
    for (const bool is_store : {false, true}) {
      const Trap& trap = run_in(kMachineMode, [=] {
        CSR_CLEAR(mstatus, kMPP);
        CSR_SET(mstatus, as << 11);
        if (is_store)
          asm volatile("li t0, 1 << 17\ncsrs mstatus, t0\nlla t6, 1f\n1: sw t1, (%0)\ncsrc mstatus, t0" ::"r"(kArea) : "t0", "t6", "memory");
        else
          asm volatile("li t0, 1 << 17\ncsrs mstatus, t0\nlla t6, 1f\n1: lw t1, (%0)\ncsrc mstatus, t0" ::"r"(kArea) : "t0", "t1", "t6", "memory");
      });
      if (is_store && as != kMachineMode) CHECK_TRAP_AT(trap, kStoreAccessFault, kArea);
      else CHECK_NO_TRAP(trap);
    }
  return 0;
}
