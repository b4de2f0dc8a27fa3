// Message passing: who sees the flag, written behind FENCE W,W, sees the data, read behind FENCE R,R.
// guest: harts=2,4
#include "lib/test.h"

constexpr uint64_t kRounds = 3000;
static volatile uint64_t data[64], flag[64], seen[RT_MAX_HARTS], wrong;

static void reader(unsigned hart) {
  for (uint64_t i = 1; i <= kRounds; ++i) {
    while (flag[0] < i) {}
    asm volatile("fence r, r" ::: "memory");
    if (data[32] < i) wrong = i;
    seen[hart] = i;
  }
}

int main() {
  const unsigned harts = rt_hart_count();
  CHECK(harts >= 2);
  for (unsigned hart = 1; hart < harts; ++hart) rt_run_on(hart, reader);
  for (uint64_t i = 1; i <= kRounds; ++i) {
    data[32] = i;
    asm volatile("fence w, w" ::: "memory");
    flag[0] = i;
    if (i % 64 == 0)
      for (unsigned hart = 1; hart < harts; ++hart) while (seen[hart] < i) {}
  }
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
  CHECK_EQ(wrong, 0);
  return 0;
}
