// mcause and scause hold every exception and interrupt code that this machine raises.
#include "lib/test.h"

int main() {
  for (uint64_t code = 0; code < 16; ++code)
    for (const uint64_t flag : Values{0, kInterrupt}) {
      if (!flag && (code == 10 || code == 14)) continue;
      CSR_WRITE(mcause, flag | code);
      CHECK_EQ(CSR_READ(mcause), flag | code);
      CSR_WRITE(scause, flag | code);
      CHECK_EQ(CSR_READ(scause), flag | code);
    }
  return 0;
}
