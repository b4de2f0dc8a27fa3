// Ziccid: a store to code is seen by fetches in the end, also without FENCE.I, by the same hart and by another.
// guest: harts=1,2
#include "lib/test.h"

alignas(64) static uint32_t code[16];
static volatile uint64_t seen, is_stored;
constexpr uint64_t kPatience = 10000000;

static void look_for_2(unsigned) {
  for (uint64_t i = 0; i < kPatience; i += is_stored)
    if (call_with((uint64_t)code, 0) == 2) {
      seen = 1;
      return;
    }
}

int main() {
  volatile uint32_t* at = code;
  at[0] = li_a0(1);
  at[1] = kRet;
  fence_i();
  for (int i = 0; i < 100; ++i) CHECK_EQ(call_with((uint64_t)code, 0), 1);
  const bool is_other = rt_hart_count() > 1;
  if (is_other) {
    rt_run_on(1, look_for_2);
    pass_time(200);
  }
  at[0] = li_a0(2);
  is_stored = 1;
  if (is_other) rt_wait_for(1);
  else look_for_2(0);
  CHECK_EQ(seen, 1);
  return 0;
}
