// A NaN that arithmetic makes is the canonical one for whoever looks at it when the next access faults, in hot loops too; one that is loaded keeps its payload.
#include "lib/test.h"

// 100 rounds with an access that works, then one at an address where nothing is.
#define LOOP(make, access)                                                             \
  [] {                                                                                 \
    asm volatile(WITH("d", "li t0, 0x7ff\nslli t0, t0, 52\nfmv.d.x f0, t0\n"           \
                           "li t0, 0x7f800000\nfmv.w.x f4, t0\nfmv.d.x f3, x0\n"       \
                           "li t1, 100\naddi t2, sp, -64\nli t3, 0x18000000\nxor t3, t3, t2\n" \
                           "1: " make "\n" access "\naddi t1, t1, -1\n"                \
                           "seqz t5, t1\nneg t5, t5\nand t5, t5, t3\nxor t2, t2, t5\n" \
                           "bgez t1, 1b")                                              \
                 ::: "t0", "t1", "t2", "t3", "t4", "t5", "memory");                    \
  }

static uint64_t f1() {
  uint64_t bits;
  asm volatile(WITH("d", "fmv.x.d %0, f1") : "=r"(bits));
  return bits;
}

int main() {
  constexpr uint64_t kDouble = 0x7ff8000000000000, kSingle = 0xffffffff7fc00000, kPayload = 0x7ff8000000001234;
  CSR_SET(mstatus, kFS);
  struct Case {
    void (*run)();
    uint64_t cause, result;
  };
  const Case cases[] = {
      {LOOP("fsub.d f1, f0, f0", "ld t4, 0(t2)"), kLoadAccessFault, kDouble},
      {LOOP("fsub.d f1, f0, f0", "fld f3, 0(t2)"), kLoadAccessFault, kDouble},
      {LOOP("fsub.d f1, f0, f0", "sd t4, 0(t2)"), kStoreAccessFault, kDouble},
      {LOOP("fsub.d f1, f0, f0", "fsd f3, 0(t2)"), kStoreAccessFault, kDouble},
      {LOOP("fmul.d f1, f0, f3", "lbu t4, 0(t2)"), kLoadAccessFault, kDouble},
      {LOOP("fsub.s f1, f4, f4", "lw t4, 0(t2)"), kLoadAccessFault, kSingle},
      {LOOP("fsub.s f1, f4, f4", "flw f3, 0(t2)"), kLoadAccessFault, kSingle},
      {LOOP("fsub.s f1, f4, f4", "fsw f3, 0(t2)"), kStoreAccessFault, kSingle},
      // What is stored is seen, and so is what stands in the register when its own load faults.
      {LOOP("fsub.d f1, f0, f0", "fsd f1, 0(t2)\nld t4, 0(t2)"), kStoreAccessFault, kDouble},
      {LOOP("fsub.d f1, f0, f0", "fld f1, 0(t2)"), kLoadAccessFault, kDouble},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; ++i) {
    checking("case", i);
    const Trap& trap = run_in(kMachineMode, cases[i].run);
    const uint64_t seen = f1();
    CHECK_TRAP(trap, cases[i].cause, 0x18000000);
    CHECK_EQ(seen, cases[i].result);
  }
  // A sum of the host's own NaN and what is loaded between; what is loaded alone.
  static const uint64_t loaded[] = {kPayload, 0x3ff0000000000000};
  for (unsigned i = 0; i < 200; ++i) {
    uint64_t sum, payload, stored;
    asm volatile(WITH("d", "fmv.d.x f0, %3\nfsub.d f1, f0, f0\nfld f2, 8(%4)\nfadd.d f2, f1, f2\nfsub.d f1, f0, f0\nfld f1, 0(%4)\n"
                           "fsd f1, -72(sp)\nld %2, -72(sp)\nfmv.x.d %1, f1\nfmv.x.d %0, f2")
                 : "=&r"(sum), "=&r"(payload), "=&r"(stored) : "r"(uint64_t{0x7ff} << 52), "r"(loaded) : "memory");
    CHECK_EQ(sum, kDouble);
    CHECK_EQ(payload, kPayload);
    CHECK_EQ(stored, kPayload);
  }
  return 0;
}
