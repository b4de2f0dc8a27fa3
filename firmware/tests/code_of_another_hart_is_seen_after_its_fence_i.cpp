// Code written by one hart is run in its new form by another that sees a flag and executes FENCE.I.
// guest: harts=2,4
#include "lib/test.h"

alignas(64) static uint32_t code[16];
static volatile uint64_t version, done[RT_MAX_HARTS], wrong;
constexpr uint64_t kVersions = 300;

static void run_versions(unsigned hart) {
  for (uint64_t i = 1; i <= kVersions; ++i) {
    while (version != i) {}
    asm volatile("fence r, rw\nfence.i" ::: "memory");
    if (call_with((uint64_t)code, 0) != i) wrong = i;
    done[hart] = i;
  }
}

int main() {
  const unsigned harts = rt_hart_count();
  CHECK(harts >= 2);
  volatile uint32_t* at = code;
  at[1] = kRet;
  for (unsigned hart = 1; hart < harts; ++hart) rt_run_on(hart, run_versions);
  for (uint64_t i = 1; i <= kVersions; ++i) {
    at[0] = li_a0((uint32_t)i);
    asm volatile("fence rw, w" ::: "memory");
    version = i;
    for (unsigned hart = 1; hart < harts; ++hart) while (done[hart] != i) {}
  }
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
  CHECK_EQ(wrong, 0);
  return 0;
}
