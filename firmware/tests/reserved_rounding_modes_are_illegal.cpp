// Static rounding modes 5 and 6, and the dynamic one while frm holds 5, 6 or 7, are illegal for instructions that round; others run.
#include "lib/test.h"

#define FP(instruction) asm volatile(WITH("d", instruction) ::: "a0", "memory")

int main() {
  CSR_SET(mstatus, kFS);
  for (unsigned frm = 0; frm < 8; ++frm) {
    checking("frm", frm);
    CSR_WRITE(frm, frm);
    CHECK_EQ(CSR_READ(frm), frm);
    CHECK_EQ(CSR_READ(fcsr) >> 5, frm);
    for (const Mode mode : {kUserMode, kMachineMode}) {
      // Static modes first: frm does not matter.
      CHECK_NO_TRAP(run_in(mode, [] { FP("fadd.d f1, f2, f3, rtz"); }));
      CHECK_NO_TRAP(run_in(mode, [] { FP("fmul.s f1, f2, f3, rmm"); }));
      CHECK_ILLEGAL(mode, FP(".word 0x023150d3"));  // fadd.d f1, f2, f3 with rm = 5
      CHECK_ILLEGAL(mode, FP(".word 0x023160d3"));  // rm = 6
      CHECK_ILLEGAL(mode, FP(".word 0xc2015553"));  // fcvt.w.d a0, f2 with rm = 5
      CHECK_ILLEGAL(mode, FP(".word 0x5a0150d3"));  // fsqrt.d f1, f2 with rm = 5
      CHECK_ILLEGAL(mode, FP(".word 0x223150c3"));  // fmadd.d f1, f2, f3, f4 with rm = 5
      if (frm <= 4) {
        CHECK_NO_TRAP(run_in(mode, [] { FP("fadd.d f1, f2, f3, dyn\nfmadd.s f1, f2, f3, f4, dyn\nfcvt.w.d a0, f2, dyn"); }));
      } else {
        CHECK_ILLEGAL(mode, FP("fadd.d f1, f2, f3, dyn"));
        CHECK_ILLEGAL(mode, FP("fmadd.s f1, f2, f3, f4, dyn"));
        CHECK_ILLEGAL(mode, FP("fdiv.d f1, f2, f3, dyn"));
        CHECK_ILLEGAL(mode, FP("fsqrt.s f1, f2, dyn"));
        CHECK_ILLEGAL(mode, FP("fcvt.w.d a0, f2, dyn"));
        CHECK_ILLEGAL(mode, FP("fcvt.s.d f1, f2, dyn"));
      }
      // What does not round does not ask.
      CHECK_NO_TRAP(run_in(mode, [] {
        FP("fsgnj.d f1, f2, f3\nfmin.s f1, f2, f3\nfeq.d a0, f2, f3\nfclass.s a0, f1\nfmv.x.d a0, f1\nfmv.d.x f1, a0\nfld f1, -8(sp)");
      }));
    }
  }
  return 0;
}
