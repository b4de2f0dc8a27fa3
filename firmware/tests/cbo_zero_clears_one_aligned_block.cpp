// CBO.ZERO clears the 64-byte block around its address, whichever byte of it is named, and nothing beside it.
#include "lib/test.h"

alignas(64) static uint8_t area[192];

int main() {
  for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode}) {
    CSR_SET(0x30a, kCBZE);
    CSR_SET(0x10a, kCBZE);
    for (uint64_t offset = 64; offset < 128; offset += 7) {
      for (uint8_t& byte : area) byte = 0xaa;
      CHECK_NO_TRAP(run_in(mode, [=] { asm volatile(WITH("zicboz", "cbo.zero (%0)")::"r"(area + offset) : "memory"); }));
      for (unsigned i = 0; i < sizeof area; ++i) CHECK_EQ(area[i], i >= 64 && i < 128 ? 0 : 0xaa);
    }
  }
  return 0;
}
