// scountovf has the OF bits: all in M-mode, in S-mode those whose bit in mcounteren is set; it is read-only and not for U-mode.
// guest: spike=no
#include "lib/counters.h"

int main() {
  uint64_t expected = 0;
  CSR_WRITE(mcountinhibit, ~0ull);
  for (unsigned n = kFirstCounter; n <= kLastCounter; ++n) {
    checking("counter", n);
    write_csr(kMhpmevent + n, kOF | kInstructionsEvent);
    expected |= 1ull << n;
    CHECK_EQ(CSR_READ(0xda0), expected);
    for (const uint64_t visible : Values{0, ~0ull, 1ull << n, ~(1ull << n)}) {
      CSR_WRITE(mcounteren, visible);
      CHECK_EQ(CSR_READ(0xda0), expected);
      uint64_t seen = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { seen = CSR_READ(0xda0); }));
      CHECK_EQ(seen, expected & visible);
    }
  }
  CHECK_ILLEGAL(kUserMode, (void)CSR_READ(0xda0));
  for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode}) CHECK_ILLEGAL(mode, CSR_WRITE(0xda0, 0));
  for (unsigned n = kFirstCounter; n <= kLastCounter; ++n) write_csr(kMhpmevent + n, 0);
  CHECK_EQ(CSR_READ(0xda0), 0);
  return 0;
}
