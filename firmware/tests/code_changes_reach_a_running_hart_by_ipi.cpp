// A hart in a loop runs the new form of code that another hart has changed, from the FENCE.I on that an interrupt made it execute.
// guest: harts=2,4
#include "lib/irq.h"

// The function stands in a page with the loop's code or in one of its own.
static uint32_t near[4];
alignas(4096) static uint32_t far[1024];
static uint32_t* volatile code;
static volatile uint64_t version, done[RT_MAX_HARTS], wrong;
constexpr uint64_t kVersions = 60;

static void run_loop(unsigned hart) {
  CSR_WRITE(mie, kMSI);
  uint64_t least = 0;
  while (least < kVersions) {
    done[hart] = least;
    const Trap& trap = run_in(kMachineMode, [&] {
      const uint64_t at = (uint64_t)code;
      for (;;) {
        const uint64_t got = call_with(at, 0);
        if (got < least || got > least + 1) wrong = got + 1;
      }
    }, kMPIE);
    if (trap.cause != kMachineSoftware) wrong = trap.cause;
    *rt_msip(hart) = 0;
    asm volatile("fence rw, rw\nfence.i" ::: "memory");
    least = version;
  }
  done[hart] = least;
}

static void run_versions(uint32_t* where) {
  const unsigned harts = rt_hart_count();
  code = where;
  volatile uint32_t* at = where;
  at[0] = li_a0(0);
  at[1] = kRet;
  version = 0;
  asm volatile("fence rw, rw\nfence.i" ::: "memory");
  for (unsigned hart = 1; hart < harts; ++hart) {
    done[hart] = ~0ull;
    rt_run_on(hart, [](unsigned self) {
      asm volatile("fence.i" ::: "memory");
      run_loop(self);
    });
    while (done[hart] != 0) {}
  }
  for (uint64_t i = 1; i <= kVersions; ++i) {
    for (uint64_t k = i * 13 % 300; k != 0; --k) asm volatile("");
    at[0] = li_a0((uint32_t)i);
    version = i;
    asm volatile("fence rw, rw" ::: "memory");
    for (unsigned hart = 1; hart < harts; ++hart) *rt_msip(hart) = 1;
    for (unsigned hart = 1; hart < harts; ++hart) while (done[hart] != i) {}
    CHECK_EQ(wrong, 0);
  }
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
}

int main() {
  CHECK(rt_hart_count() >= 2);
  run_versions(far);
  run_versions(near);
  return 0;
}
