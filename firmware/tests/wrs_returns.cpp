// WRS.STO and WRS.NTO stall for a while at most when nothing is reserved, and end when the reserved word changes or an interrupt pends.
// guest: harts=2
#include "lib/test.h"

static uint32_t word;

static void change(unsigned) {
  pass_time(100);
  __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
}

int main() {
  asm volatile("sc.w x0, x0, (%0)" ::"r"(&word) : "memory");  // no reservation
  for (int i = 0; i < 10; ++i) asm volatile(WITH("zawrs", "wrs.nto\nwrs.sto"));
  if (rt_hart_count() > 1) {
    rt_run_on(1, change);
    uint64_t value = 0;
    while (value == 0)
      asm volatile("lr.w %0, (%1)\nbnez %0, 1f\n" WITH("zawrs", "wrs.nto") "\n1:" : "=&r"(value) : "r"(&word) : "memory");
    rt_wait_for(1);
    word = 0;
    rt_run_on(1, change);
    do {
      asm volatile("lr.w %0, (%1)\nbnez %0, 1f\n" WITH("zawrs", "wrs.sto") "\n1:" : "=&r"(value) : "r"(&word) : "memory");
    } while (value == 0);
    rt_wait_for(1);
  }
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode})
    CHECK_NO_TRAP(run_in(mode, [] { asm volatile(WITH("zawrs", "wrs.sto\nwrs.nto")); }));
  return 0;
}
