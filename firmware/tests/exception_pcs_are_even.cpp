// With C, bit 0 of mepc and sepc is always zero.
#include "lib/test.h"

int main() {
  CSR_WRITE(mepc, ~0ull);
  CHECK_EQ(CSR_READ(mepc), ~1ull);
  CSR_WRITE(sepc, ~0ull);
  CHECK_EQ(CSR_READ(sepc), ~1ull);
  return 0;
}
