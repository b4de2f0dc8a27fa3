// Writing an FP register or fcsr, or raising a flag, makes mstatus.FS dirty and SD one; reading does not.
#include "lib/test.h"

static uint64_t status_after(uint64_t before, void (*instruction)()) {
  CSR_CLEAR(mstatus, kFS);
  CSR_SET(mstatus, before);
  CHECK_NO_TRAP(run_in(kMachineMode, instruction));
  return CSR_READ(mstatus) & (kFS | kSD);
}

#define FP(instruction) [] { asm volatile(WITH("d", instruction) ::: "a0", "memory"); }

int main() {
  void (*const writes[])() = {FP("fmv.w.x f1, x0"), FP("fmv.d.x f1, x0"), FP("fadd.d f1, f1, f1"), FP("fsgnj.s f1, f1, f1"),
                              FP("fcvt.d.l f1, x0"), FP("fld f1, -8(sp)"), FP("csrw fcsr, x0"), FP("csrwi frm, 0"), FP("csrsi fflags, 1")};
  for (const uint64_t before : Values{kFsInitial, kFsClean, kFsDirty}) {
    for (unsigned i = 0; i < sizeof writes / sizeof *writes; ++i) {
      checking("FS before, instruction", before | i);
      CHECK_EQ(status_after(before, writes[i]), kFsDirty | kSD);
    }
    // A flag raised by an instruction that writes an integer register: 0x7f800001 is a signalling NaN.
    CSR_SET(mstatus, kFS);
    asm volatile(WITH("d", "li a0, 0x7f800001\nfmv.w.x f1, a0\nfmv.d.x f2, x0\ncsrwi fflags, 0") ::: "a0");
    CHECK_EQ(status_after(before, FP("feq.s a0, f1, f1")), kFsDirty | kSD);
  }
  // CHOICE: an implementation may be less exact and say dirty here too; rvx, Spike and QEMU say what happened.
  for (const uint64_t before : Values{kFsInitial, kFsClean}) {
    CHECK_EQ(status_after(before, FP("fmv.x.d a0, f2")), before);
    CHECK_EQ(status_after(before, FP("csrr a0, fcsr")), before);
    CHECK_EQ(status_after(before, FP("fsd f2, -8(sp)")), before);
  }
  return 0;
}
