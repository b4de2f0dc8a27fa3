// The first entry that matches any byte must match all bytes of an access, or it fails, whatever other entries allow. M-mode too.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(4096);
  set_pmp(0, kPmpNa4 | kPmpRWX, (kArea + 0x104) >> 2);
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    CHECK_TRAP_AT(run_in(mode, [] { load64(kArea + 0x100); }), kLoadAccessFault, kArea + 0x100);
    CHECK_TRAP_AT(run_in(mode, [] { store64(kArea + 0x100, 0); }), kStoreAccessFault, kArea + 0x100);
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("amoadd.d a0, x0, (%0)")::"r"(kArea + 0x100) : "t6", "a0", "memory"); }), kStoreAccessFault, kArea + 0x100);
    CHECK_NO_TRAP(run_in(mode, [] { load32(kArea + 0x100); load32(kArea + 0x104); load64(kArea + 0x108); }));
  }
  CHECK_EQ(*(volatile uint64_t*)(kArea + 0x108), (uint64_t)kRet << 32 | kRet);
  return 0;
}
