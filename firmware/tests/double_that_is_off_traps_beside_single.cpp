// With F and without D, single precision works and everything of double precision is illegal, compressed loads and stores included.
// guest: isa=rv64imafc_zicsr_zifencei cpu=rv64,h=false,d=false
#include "lib/test.h"

int main() {
  CSR_SET(mstatus, kFS);
  for (const Mode mode : {kUserMode, kMachineMode}) {
    CHECK_NO_TRAP(run_in(mode, [] { asm volatile(WITH("d", "fmv.w.x f1, x0\nfadd.s f1, f1, f1\nfcvt.l.s a0, f1") ::: "a0"); }));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fadd.d f1, f2, f3")));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fld f1, (sp)") ::: "memory"));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fsd f1, -8(sp)") ::: "memory"));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fcvt.s.d f1, f2")));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fcvt.d.s f1, f2")));
    CHECK_ILLEGAL(mode, asm volatile(WITH("d", "fmv.x.d a0, f2") ::: "a0"));
    CHECK_ILLEGAL(mode, asm volatile(".half 0x2108" ::: "memory"));  // c.fld
    CHECK_ILLEGAL(mode, asm volatile(".half 0xa108" ::: "memory"));  // c.fsd
    CHECK_ILLEGAL(mode, asm volatile(".half 0x2082" ::: "memory"));  // c.fldsp
    CHECK_ILLEGAL(mode, asm volatile(".half 0xa006" ::: "memory"));  // c.fsdsp
  }
  CHECK_EQ(CSR_READ(misa) & (1 << ('F' - 'A') | 1 << ('D' - 'A')), 1 << ('F' - 'A'));
  return 0;
}
