// Coherence: without any fence, loads of one word see its values in the order they were stored, and a hart sees its own store or a later one.
// guest: harts=2 short_turns=no
#include "lib/litmus.h"

LITMUS_THREAD(write, 0, "sd t2, (%2)\nsd t3, (%2)")
LITMUS_THREAD(read, 1, "ld t0, (%2)\nld t1, (%2)")
LITMUS_THREAD(read_halves, 1, "lw t0, (%2)\nlbu t1, (%2)")
LITMUS_THREAD(overwrite, 1, "ld t0, (%2)\nli t4, 3\nsd t4, (%2)\nld t1, (%2)")
LITMUS_THREAD(store_and_look, 0, "sd t2, (%2)\nld t0, (%2)")
LITMUS_THREAD(other, 1, "sd t3, (%2)\nld t0, (%2)")

static bool backwards(const Cell& c) { return c.by[1].r0 > c.by[1].r1; }
// It saw 2, so its 3 is the last; and what it reads behind its store is not older than that.
static bool lost(const Cell& c) {
  return (c.by[1].r0 == 2 && (c.by[1].r1 != 3 || c.x.value != 3)) || c.by[1].r1 == 0 || (c.by[1].r0 == 1 && c.by[1].r1 == 1);
}
static bool own_store_missed(const Cell& c) {
  return c.by[0].r0 == 0 || c.by[1].r0 == 0 || (c.by[0].r0 == 2 && c.by[1].r0 == 1);
}

int main() {
  check_litmus<write, read>(1, backwards);
  check_litmus<write, read_halves>(2, backwards);
  check_litmus<write, overwrite>(3, lost);
  check_litmus<store_and_look, other>(4, own_store_missed);
  return 0;
}
