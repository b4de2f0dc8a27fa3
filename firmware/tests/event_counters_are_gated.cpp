// Each hpmcounter can be read in S-mode with its bit in mcounteren, in U-mode with that and the one in scounteren; written in none.
#include "lib/counters.h"

int main() {
  for (unsigned n = kFirstCounter; n <= kLastCounter; ++n) {
    const uint64_t bit = 1ull << n;
    for (const uint64_t m : Values{0, bit, ~bit, ~0ull})
      for (const uint64_t s : Values{0, bit, ~bit, ~0ull}) {
        CSR_WRITE(mcounteren, m);
        CSR_WRITE(scounteren, s);
        write_csr(kMhpmcounter + n, 1000 + n);
        const uint64_t code = csr_code(kCsrrs, kHpmcounter + n, true);
        checking("counter, mcounteren, scounteren", (uint64_t)n << 8 | (m >> n & 1) << 4 | (s >> n & 1));
        uint64_t value = 0;
        const auto read = [&] { value = call_with(code, 0); };
        CHECK_NO_TRAP(run_in(kMachineMode, read));
        CHECK_EQ(value, 1000 + n);
        value = 1000 + n;
        if (m & bit) CHECK_NO_TRAP(run_in(kSupervisorMode, read));
        else CHECK_ILLEGAL(kSupervisorMode, call_with(code, 0));
        if (m & s & bit) CHECK_NO_TRAP(run_in(kUserMode, read));
        else CHECK_ILLEGAL(kUserMode, call_with(code, 0));
        CHECK_EQ(value, 1000 + n);
      }
    // What they show may be read only; mhpmcounter is M-mode's.
    CSR_WRITE(mcounteren, ~0ull);
    CSR_WRITE(scounteren, ~0ull);
    for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode}) {
      const uint64_t code = csr_code(kCsrrw, kHpmcounter + n);
      CHECK_ILLEGAL(mode, call_with(code, 0));
    }
    for (const Mode mode : {kSupervisorMode, kUserMode})
      for (const unsigned csr : {kMhpmcounter + n, kMhpmevent + n}) {
        const uint64_t code = csr_code(kCsrrs, csr, true);
        CHECK_ILLEGAL(mode, call_with(code, 0));
      }
  }
  return 0;
}
