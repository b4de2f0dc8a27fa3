// Independent reads of independent writes: two harts do not see the stores of two others in different orders.
// guest: harts=4 short_turns=no
#include "lib/litmus.h"

LITMUS_THREAD(write_x, 0, "sd t2, (%2)")
LITMUS_THREAD(write_y, 1, "sd t2, (%3)")
LITMUS_THREAD(x_then_y, 2, "ld t0, (%2)\nfence r, r\nld t1, (%3)")
LITMUS_THREAD(y_then_x, 3, "ld t0, (%3)\nfence r, r\nld t1, (%2)")
LITMUS_THREAD(x_then_y_full, 2, "ld t0, (%2)\nfence rw, rw\nld t1, (%3)")
LITMUS_THREAD(y_then_x_full, 3, "ld t0, (%3)\nfence rw, rw\nld t1, (%2)")

static bool orders_differ(const Cell& c) {
  return c.by[2].r0 == 1 && c.by[2].r1 == 0 && c.by[3].r0 == 1 && c.by[3].r1 == 0;
}

int main() {
  check_litmus<write_x, write_y, x_then_y, y_then_x>(1, orders_differ);
  check_litmus<write_x, write_y, x_then_y_full, y_then_x_full>(2, orders_differ);
  return 0;
}
