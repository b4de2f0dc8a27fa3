// All ones and all zeros written to each CSR of M- and S-mode: what reads back is what the manual lets this machine hold.
#include "lib/test.h"

struct Row {
  unsigned csr;
  uint64_t ones, zeros;  // what reads back after writing ~0 and 0
  uint64_t free = 0;     // bits that may be either
};

int main() {
  constexpr uint64_t kInterrupts = kSSI | kSTI | kSEI | kLCOFI;
  constexpr uint64_t kSupervisorStatus = kSIE | kSPIE | kSPP | kFS | kSUM | kMXR;
  constexpr uint64_t kStatus = kSupervisorStatus | kMIE | kMPIE | kMPP | kMPRV | kTVM | kTW | kTSR;
  constexpr uint64_t kEnvironment = kCbieInval | kCBCFE | kCBZE;
  static const Row rows[] = {
      {0x300, kStatus | kSD | kUxl64 | kSxl64, kUxl64 | kSxl64},           // mstatus
      {0x302, 0xb3fe, 0, ~0xffffull},                                      // medeleg: no jump is misaligned with C
      {0x303, kInterrupts, 0},                                             // mideleg
      {0x304, kInterrupts | kMSI | kMTI | kMEI, 0},                        // mie
      {0x305, ~0ull & ~2ull, 0},                                           // mtvec
      {0x306, 0xffffffff, 0},                                              // mcounteren
      {0x30a, kEnvironment | kADUE | kPBMTE | kSTCE, 0, kFIOM},            // menvcfg
      {0x320, 5, 0, 0xfffffff8},                                           // mcountinhibit
      {0x321, kMINH | kSINH | kUINH, 0},                                   // mcyclecfg
      {0x322, kMINH | kSINH | kUINH, 0},                                   // minstretcfg
      {0x340, ~0ull, 0},                                                   // mscratch
      {0x341, ~1ull, 0},                                                   // mepc
      {0x343, ~0ull, 0},                                                   // mtval
      {0x105, ~0ull & ~2ull, 0},                                           // stvec
      {0x106, 0xffffffff, 0},                                              // scounteren
      {0x10a, kEnvironment, 0, kFIOM},                                     // senvcfg
      {0x140, ~0ull, 0},                                                   // sscratch
      {0x141, ~1ull, 0},                                                   // sepc
      {0x143, ~0ull, 0},                                                   // stval
      {0x14d, ~0ull, 0},                                                   // stimecmp
      {0x003, 0xff, 0},                                                    // fcsr
      {0x001, 31, 0},                                                      // fflags
      {0x002, 7, 0},                                                       // frm
  };
  CSR_SET(mstatus, kFS);
  for (const Row& row : rows)
    for (const uint64_t value : Values{~0ull, 0}) {
      checking("csr", row.csr);
      uint64_t is = 0;
      CHECK_NO_TRAP(run_in(kMachineMode, [&] {
        const uint64_t old = call_with(csr_code(kCsrrs, row.csr, true), 0);
        call_with(csr_code(kCsrrw, row.csr), value);
        is = call_with(csr_code(kCsrrs, row.csr, true), 0);
        call_with(csr_code(kCsrrw, row.csr), old);
      }));
      CHECK_EQ(is & ~row.free, value ? row.ones : row.zeros);
    }
  return 0;
}
