// A jump to itself with interrupts off can end in nothing else: status 124.
// guest: status=124 spike=no qemu=no
#include "lib/test.h"

int main() {
  CSR_WRITE(mie, 0);
  for (;;) asm volatile("j .");
}
