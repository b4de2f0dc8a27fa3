// Each hart has an M and an S context of its own; of several contexts with the same interrupt, one claim wins.
// guest: harts=4
#include "lib/irq.h"

static volatile uint64_t pending[RT_MAX_HARTS];
static volatile uint32_t claimed[RT_MAX_HARTS];
static unsigned harts;

static void look(unsigned hart) { pending[hart] = mip_becomes(kMEI | kSEI, kMEI | kSEI); }
static void claim(unsigned hart) { claimed[hart] = rt_read32(plic_claim(2 * hart + hart % 2)); }

int main() {
  harts = rt_hart_count();
  CHECK(harts >= 2);
  for (unsigned context = 0; context < 2 * harts; ++context) plic_enable_uart(context);
  raise_uart_interrupt();
  on_all_harts(harts, look);
  for (unsigned hart = 0; hart < harts; ++hart) CHECK(pending[hart]);
  on_all_harts(harts, claim);
  unsigned winners = 0;
  for (unsigned hart = 0; hart < harts; ++hart) winners += claimed[hart] != 0;
  CHECK_EQ(winners, 1);
  uart_interrupt(false);
  return 0;
}
