// Load buffering: two harts that each store what they loaded, or store behind a fence, do not both load the other's store; and stores of two harts end in one order.
// guest: harts=2 short_turns=no
#include "lib/litmus.h"

LITMUS_THREAD(fence0, 0, "ld t0, (%2)\nfence r, w\nsd t2, (%3)")
LITMUS_THREAD(fence1, 1, "ld t0, (%3)\nfence r, w\nsd t2, (%2)")
LITMUS_THREAD(copy0, 0, "ld t0, (%2)\nsd t0, (%3)")
LITMUS_THREAD(copy1, 1, "ld t0, (%3)\nsd t0, (%2)")
LITMUS_THREAD(depend0, 0, "ld t0, (%2)\nxor t4, t0, t0\nori t4, t4, 1\nsd t4, (%3)")
LITMUS_THREAD(depend1, 1, "ld t0, (%3)\nxor t4, t0, t0\nori t4, t4, 1\nsd t4, (%2)")
// 2+2W and R.
LITMUS_THREAD(write0, 0, "sd t2, (%2)\nfence w, w\nsd t3, (%3)")
LITMUS_THREAD(write1, 1, "sd t2, (%3)\nfence w, w\nsd t3, (%2)")
LITMUS_THREAD(late1, 1, "sd t2, (%3)\nfence rw, rw\nld t0, (%2)")

static bool both(const Cell& c) { return c.by[0].r0 == 1 && c.by[1].r0 == 1; }
static bool any(const Cell& c) { return c.by[0].r0 != 0 || c.by[1].r0 != 0; }
static bool first_ones_last(const Cell& c) { return c.x.value == 1 && c.y.value == 1; }
static bool overwritten_but_not_seen(const Cell& c) { return c.y.value == 1 && c.by[1].r0 == 0; }

int main() {
  check_litmus<fence0, fence1>(1, both);
  check_litmus<copy0, copy1>(2, any);
  check_litmus<depend0, depend1>(3, both);
  check_litmus<write0, write1>(4, first_ones_last);
  check_litmus<write0, late1>(5, overwritten_but_not_seen);
  return 0;
}
