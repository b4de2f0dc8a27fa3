// Without F and D, mstatus.FS cannot be set, fcsr does not exist, and misa says so; with --isa rv64imac.
// CHOICE: with S-mode the manual lets FS be writable all the same.
// guest: isa=rv64imac_zicsr_zifencei cpu=rv64,h=false,f=false,d=false,zfa=false
#include "lib/test.h"

int main() {
  CSR_SET(mstatus, kFS);
  CHECK_EQ(CSR_READ(mstatus) & (kFS | kSD), 0);
  CSR_SET(sstatus, kFS);
  CHECK_EQ(CSR_READ(sstatus) & (kFS | kSD), 0);
  CHECK_EQ(CSR_READ(misa) & (1 << ('F' - 'A') | 1 << ('D' - 'A')), 0);
  for (const unsigned csr : {1u, 2u, 3u}) {
    const uint64_t code = csr_code(kCsrrs, csr, true);
    CHECK_ILLEGAL(kMachineMode, call_with(code, 0));
  }
  for (const Mode mode : {kUserMode, kMachineMode}) {
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fadd.d f1, f2, f3")));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fmv.x.w a0, f1") ::: "a0"));
    CHECK_ILLEGAL(mode, asm volatile(".half 0x2108" ::: "memory"));  // c.fld
  }
  return 0;
}
