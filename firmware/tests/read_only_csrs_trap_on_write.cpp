// CSRs numbered 0xC00 to 0xFFF are read-only: any write traps, even of zero bits' worth; reads by CSRRS or CSRRC with x0 or 0 do not.
#include "lib/test.h"

int main() {
  for (const unsigned csr : {0xc00u, 0xc01u, 0xc02u, 0xc03u, 0xf11u, 0xf12u, 0xf13u, 0xf14u, 0xf15u}) {
    checking("csr", csr);
    for (const CsrOp op : {kCsrrs, kCsrrc, kCsrrsi, kCsrrci}) {
      const uint64_t read = csr_code(op, csr, true);
      CHECK_NO_TRAP(run_in(kMachineMode, [=] { call_with(read, 0); }));
    }
    for (const CsrOp op : {kCsrrw, kCsrrs, kCsrrc, kCsrrwi, kCsrrsi, kCsrrci}) {
      // rs1 is a0, which holds zero; the immediate is 10. CSRRS and CSRRC write all the same.
      const uint64_t write = csr_code(op, csr);
      CHECK_ILLEGAL(kMachineMode, call_with(write, 0));
    }
    for (const CsrOp op : {kCsrrw, kCsrrwi}) {
      const uint64_t write = csr_code(op, csr, true);  // x0 or 0: CSRRW writes it
      CHECK_ILLEGAL(kMachineMode, call_with(write, 0));
    }
  }
  return 0;
}
