// With mstatus.FS = 0 every floating-point instruction and CSR is illegal, in every mode; loads and stores do not reach memory first.
#include "lib/test.h"

#define FP(instruction) [] { asm volatile(WITH("d", "li a0, 0x18000000\n" instruction) ::: "a0", "memory"); }

int main() {
  void (*const instructions[])() = {
      FP("flw f1, (a0)"), FP("fld f1, (a0)"), FP("fsw f1, (a0)"), FP("fsd f1, (a0)"),
      FP("fadd.s f1, f2, f3"), FP("fadd.d f1, f2, f3"), FP("fmadd.d f1, f2, f3, f4"), FP("fdiv.s f1, f2, f3"),
      FP("fsqrt.d f1, f2"), FP("fsgnj.d f1, f2, f3"), FP("fmin.s f1, f2, f3"), FP("feq.d a0, f2, f3"),
      FP("fclass.d a0, f1"), FP("fcvt.w.s a0, f1"), FP("fcvt.d.l f1, a0"), FP("fcvt.s.d f1, f2"),
      FP("fmv.x.w a0, f1"), FP("fmv.x.d a0, f1"), FP("fmv.w.x f1, a0"), FP("fmv.d.x f1, a0"),
      FP("csrr a0, fcsr"), FP("csrr a0, frm"), FP("csrr a0, fflags"), FP("csrw fcsr, a0"), FP("csrwi frm, 1"), FP("csrsi fflags, 0"),
      FP(".half 0x2108"), FP(".half 0xa108"), FP(".half 0x2082"), FP(".half 0xa006"),  // c.fld, c.fsd, c.fldsp, c.fsdsp
      FP(".word 0x044180d3"), FP(".word 0xf21080d3"),  // fadd.h f1, f3, f4 and fli.d f1, min
  };
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    CSR_CLEAR(mstatus, kFS);
    for (unsigned i = 0; i < sizeof instructions / sizeof *instructions; ++i) {
      checking("instruction", i);
      const Trap& trap = run_in(mode, instructions[i]);
      CHECK_EQ(trap.cause, kIllegalInstruction);
      CHECK_EQ(trap.taken, 1);
      CHECK_EQ(CSR_READ(mstatus) & (kFS | kSD), 0);
      if (trap.tval) CHECK_EQ(trap.tval, instruction_at(trap.epc));
    }
    CSR_SET(mstatus, kFsInitial);
    CHECK_NO_TRAP(run_in(mode, [] { asm volatile(WITH("d", "fadd.d f1, f2, f3\nfmv.x.d a0, f1\ncsrr a0, fcsr") ::: "a0"); }));
  }
  return 0;
}
