// CBO.ZERO needs CBZE, CBO.CLEAN and CBO.FLUSH CBCFE, CBO.INVAL CBIE: of menvcfg in S-mode, of both menvcfg and senvcfg in U-mode.
#include "lib/test.h"

alignas(64) static uint8_t block[64];

struct Kind {
  uint64_t bits;
  void (*execute)();
};

int main() {
  static const Kind kinds[] = {
      {kCBZE, [] { asm volatile(WITH("zicboz", "cbo.zero (%0)")::"r"(block) : "memory"); }},
      {kCBCFE, [] { asm volatile(WITH("zicbom", "cbo.clean (%0)")::"r"(block) : "memory"); }},
      {kCBCFE, [] { asm volatile(WITH("zicbom", "cbo.flush (%0)")::"r"(block) : "memory"); }},
      {kCbieFlush, [] { asm volatile(WITH("zicbom", "cbo.inval (%0)")::"r"(block) : "memory"); }},
      {kCbieInval, [] { asm volatile(WITH("zicbom", "cbo.inval (%0)")::"r"(block) : "memory"); }},
  };
  constexpr uint64_t kAll = kCBZE | kCBCFE | kCbieInval;
  for (const Kind& kind : kinds) {
    checking("bits", kind.bits);
    for (const bool m : {false, true})
      for (const bool s : {false, true}) {
        // Nothing but, or all but, this kind's bits.
        const uint64_t others = kAll & ~(kind.bits & kCbieInval ? (uint64_t)kCbieInval : kind.bits);
        CSR_WRITE(0x30a, m ? kind.bits : others);
        CSR_WRITE(0x10a, s ? kind.bits : others);
        CHECK_NO_TRAP(run_in(kMachineMode, kind.execute));
        if (m) CHECK_NO_TRAP(run_in(kSupervisorMode, kind.execute));
        else CHECK_ILLEGAL(kSupervisorMode, kind.execute());
        if (m && s) CHECK_NO_TRAP(run_in(kUserMode, kind.execute));
        else CHECK_ILLEGAL(kUserMode, kind.execute());
      }
  }
  return 0;
}
