// Upper halves (cycleh, mstatush, menvcfgh, ...) and the odd pmpcfg registers belong to RV32: illegal on RV64.
#include "lib/test.h"

int main() {
  for (const unsigned csr : {0xc80u, 0xc81u, 0xc82u, 0xc83u, 0xb80u, 0xb82u, 0xb83u, 0x310u, 0x31au, 0x15du, 0x3a1u, 0x3a3u, 0x723u}) {
    checking("csr", csr);
    const uint64_t code = csr_code(kCsrrs, csr, true);
    CHECK_ILLEGAL(kMachineMode, call_with(code, 0));
  }
  return 0;
}
