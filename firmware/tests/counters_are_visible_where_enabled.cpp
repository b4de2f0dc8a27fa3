// cycle, time, instret and hpmcounter3 can be read in S-mode with their bit in mcounteren, in U-mode with that and the one in scounteren.
#include "lib/test.h"

int main() {
  CSR_WRITE(mcounteren, ~0ull);
  CSR_WRITE(scounteren, ~0ull);
  CHECK_EQ(CSR_READ(mcounteren) & 7, 7);
  CHECK_EQ(CSR_READ(scounteren) & 7, 7);
  for (unsigned counter = 0; counter < 4; ++counter) {
    const uint64_t bit = 1ull << counter;
    for (const uint64_t m : Values{0, bit, ~bit, ~0ull})
      for (const uint64_t s : Values{0, bit, ~bit, ~0ull}) {
        CSR_WRITE(mcounteren, m);
        CSR_WRITE(scounteren, s);
        const uint64_t code = csr_code(kCsrrs, 0xc00 + counter, true);
        checking("counter, mcounteren, scounteren", (uint64_t)counter << 8 | (m >> counter & 1) << 4 | (s >> counter & 1));
        CHECK_NO_TRAP(run_in(kMachineMode, [=] { call_with(code, 0); }));
        if (m & bit) CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { call_with(code, 0); }));
        else CHECK_ILLEGAL(kSupervisorMode, call_with(code, 0));
        if (m & s & bit) CHECK_NO_TRAP(run_in(kUserMode, [=] { call_with(code, 0); }));
        else CHECK_ILLEGAL(kUserMode, call_with(code, 0));
      }
  }
  return 0;
}
