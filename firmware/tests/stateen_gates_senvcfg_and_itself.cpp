// mstateen0's ENVCFG (bit 62) opens senvcfg, and its bit 63 sstateen0, to S-mode; M-mode needs neither.
#include "lib/test.h"

int main() {
  constexpr uint64_t kEnvcfg = 1ull << 62, kSe0 = 1ull << 63;
  for (const uint64_t value : Values{0, kEnvcfg, kSe0, kEnvcfg | kSe0}) {
    CSR_WRITE(0x30c, value);
    CHECK_EQ(CSR_READ(0x30c) & (kEnvcfg | kSe0), value);
    for (const unsigned csr : {0x10au, 0x10cu}) {
      checking("mstateen0, csr", value | csr);
      const uint64_t code = csr_code(kCsrrs, csr, true);
      CHECK_NO_TRAP(run_in(kMachineMode, [=] { call_with(code, 0); }));
      if (value & (csr == 0x10a ? kEnvcfg : kSe0)) CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { call_with(code, 0); }));
      else CHECK_ILLEGAL(kSupervisorMode, call_with(code, 0));
      CHECK_ILLEGAL(kUserMode, call_with(code, 0));
    }
    // menvcfg belongs to M-mode; mstateen0 does not matter.
    CHECK_ILLEGAL(kSupervisorMode, CSR_READ(0x30a));
  }
  return 0;
}
