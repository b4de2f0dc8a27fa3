// Loads, stores, atomics and fetches at an address with neither RAM nor device are access faults of their kind.
#include "lib/test.h"

constexpr uint64_t kNothing = 0x18000000;

int main() {
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    CHECK_TRAP_AT(run_in(mode, [] { load8(kNothing + 3); }), kLoadAccessFault, kNothing + 3);
    CHECK_TRAP_AT(run_in(mode, [] { load64(kNothing); }), kLoadAccessFault, kNothing);
    CHECK_TRAP_AT(run_in(mode, [] { store8(kNothing + 1, 1); }), kStoreAccessFault, kNothing + 1);
    CHECK_TRAP_AT(run_in(mode, [] { store32(kNothing, 1); }), kStoreAccessFault, kNothing);
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("lr.d a0, (%0)")::"r"(kNothing) : "t6", "a0"); }), kLoadAccessFault, kNothing);
    CHECK_TRAP_AT(run_in(mode, [] { asm volatile(AT("amoadd.w a0, a0, (%0)")::"r"(kNothing) : "t6", "a0"); }), kStoreAccessFault, kNothing);
    const Trap& fetch = run_in(mode, [] { call(kNothing + 2); });
    CHECK_TRAP(fetch, kFetchAccessFault, kNothing + 2);
    CHECK_EQ(fetch.epc, kNothing + 2);
  }
  return 0;
}
