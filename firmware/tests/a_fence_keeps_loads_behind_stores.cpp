// Store buffering: of two harts that each store to one word and then load the other's, one sees the other's store, if a fence or an acquiring AMO is between.
// guest: harts=2 short_turns=no
#include "lib/litmus.h"

LITMUS_THREAD(fence0, 0, "sd t2, (%2)\nfence rw, rw\nld t0, (%3)")
LITMUS_THREAD(fence1, 1, "sd t2, (%3)\nfence rw, rw\nld t0, (%2)")
LITMUS_THREAD(narrow0, 0, "sw t2, (%2)\nfence w, r\nlw t0, (%3)")
LITMUS_THREAD(narrow1, 1, "sw t2, (%3)\nfence w, r\nlw t0, (%2)")
LITMUS_THREAD(swap0, 0, "amoswap.d.aqrl x0, t2, (%2)\nld t0, (%3)")
LITMUS_THREAD(swap1, 1, "amoswap.d.aqrl x0, t2, (%3)\nld t0, (%2)")
LITMUS_THREAD(read0, 0, "sd t2, (%2)\namoor.d.aqrl t0, x0, (%3)")
LITMUS_THREAD(read1, 1, "sd t2, (%3)\namoor.d.aqrl t0, x0, (%2)")
// SC as the store: it may fail, so it is tried until it does not.
LITMUS_THREAD(cond0, 0, "1: lr.d.aqrl t4, (%2)\nsc.d.rl t4, t2, (%2)\nbnez t4, 1b\nfence rw, rw\nld t0, (%3)")
LITMUS_THREAD(plain0, 0, "sd t2, (%2)\nld t0, (%3)")
LITMUS_THREAD(plain1, 1, "sd t2, (%3)\nld t0, (%2)")

static bool neither_saw(const Cell& c) { return c.by[0].r0 == 0 && c.by[1].r0 == 0; }
// Without a fence both may read zero; what they read is one of the two values all the same.
static bool not_written(const Cell& c) { return c.by[0].r0 > 1 || c.by[1].r0 > 1 || c.x.value != 1 || c.y.value != 1; }

int main() {
  check_litmus<fence0, fence1>(1, neither_saw);
  check_litmus<narrow0, narrow1>(2, neither_saw);
  check_litmus<swap0, swap1>(3, neither_saw);
  check_litmus<read0, read1>(4, neither_saw);
  check_litmus<cond0, fence1>(5, neither_saw);
  check_litmus<plain0, plain1>(6, not_written);
  return 0;
}
