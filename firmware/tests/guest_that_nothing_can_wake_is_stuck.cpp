// All harts wait with every interrupt disabled: the run ends with status 124 instead of never.
// guest: status=124 harts=1,4 spike=no qemu=no
#include "lib/test.h"

int main() {
  for (unsigned hart = 1; hart < rt_hart_count(); ++hart) rt_run_on(hart, [](unsigned) {
    CSR_WRITE(mie, 0);
    for (;;) asm volatile("wfi");
  });
  CSR_WRITE(mie, 0);
  for (;;) asm volatile("wfi");
}
