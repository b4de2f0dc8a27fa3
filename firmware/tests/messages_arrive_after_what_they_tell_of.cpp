// Message passing: who sees the flag sees the data, if writes and reads are kept in order by fences, by release and acquire, or by an address that depends on the flag.
// guest: harts=2,3 short_turns=no
#include "lib/litmus.h"

LITMUS_THREAD(send_fence, 0, "sd t2, (%2)\nfence w, w\nsd t2, (%3)")
LITMUS_THREAD(send_release, 0, "sd t2, (%2)\namoswap.d.rl x0, t2, (%3)")
LITMUS_THREAD(send_tso, 0, "sd t2, (%2)\nfence.tso\nsd t2, (%3)")
LITMUS_THREAD(get_fence, 1, "ld t0, (%3)\nfence r, r\nld t1, (%2)")
LITMUS_THREAD(get_acquire, 1, "lr.d.aq t0, (%3)\nld t1, (%2)")
LITMUS_THREAD(get_amo, 1, "amoor.d.aq t0, x0, (%3)\nld t1, (%2)")
LITMUS_THREAD(get_address, 1, "ld t0, (%3)\nxor t4, t0, t0\nadd t4, t4, %2\nld t1, (t4)")
// Of three harts the middle one hands on what it has seen.
LITMUS_THREAD(first, 0, "sd t2, (%2)")
LITMUS_THREAD(second, 1, "ld t0, (%2)\nfence r, w\nsd t0, (%3)")
LITMUS_THREAD(third, 2, "ld t0, (%3)\nfence r, r\nld t1, (%2)")

static bool flag_without_data(const Cell& c) { return c.by[1].r0 == 1 && c.by[1].r1 == 0; }
static bool third_without_data(const Cell& c) { return c.by[2].r0 == 1 && c.by[2].r1 == 0; }

int main() {
  if (rt_hart_count() == 2) {
    check_litmus<send_fence, get_fence>(1, flag_without_data);
    check_litmus<send_release, get_acquire>(2, flag_without_data);
    check_litmus<send_release, get_amo>(3, flag_without_data);
    check_litmus<send_fence, get_address>(4, flag_without_data);
    check_litmus<send_tso, get_fence>(5, flag_without_data);
  } else {
    check_litmus<first, second, third>(6, third_without_data);
  }
  return 0;
}
