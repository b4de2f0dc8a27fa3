// Numbers that the manual gives to nothing, or leaves to custom use, trap in every mode, with the instruction in mtval.
#include "lib/test.h"

int main() {
  struct { unsigned first, last; } const unassigned[] = {
      {0x004, 0x007}, {0x018, 0x0ff}, {0x10d + 3, 0x11f}, {0x124, 0x13f}, {0x158, 0x15b}, {0x160, 0x16f}, {0x190, 0x1ff},
      {0x346, 0x349}, {0x34c, 0x34d}, {0x34f, 0x34f}, {0x394, 0x39f}, {0x3f0, 0x5a7}, {0x5c0, 0x5ff},
      {0x6c0, 0x6ff}, {0x7c0, 0x7ff}, {0x800, 0x9ff}, {0xac0, 0xaff}, {0xbc0, 0xbff}, {0xcc0, 0xcff}, {0xdc0, 0xdff},
      {0xec0, 0xeff}, {0xf16, 0xfaf}, {0xfc0, 0xfff}};
  for (const auto& range : unassigned)
    for (unsigned csr = range.first; csr <= range.last; ++csr) {
      checking("csr", csr);
      const uint64_t code = csr_code(kCsrrs, csr, true);
      for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode}) CHECK_ILLEGAL(mode, call_with(code, 0));
    }
  return 0;
}
