// A NAPOT entry gives its permissions to S- and U-mode in its naturally aligned range from 8 bytes up, to every byte of it and no other.
#include "lib/pmp.h"

int main() {
  begin_pmp_test(0x40000);
  for (const uint64_t size : Values{8, 16, 64, 4096, 8192, 65536})
    for (const uint8_t bits : {0, (int)kPmpR, (int)kPmpX, kPmpR | kPmpW, kPmpR | kPmpX, (int)kPmpRWX}) {
      const uint64_t base = kArea + 0x20000;
      set_pmp(0, kPmpNapot | bits, pmp_napot(base, size));
      for (const Mode mode : {kUserMode, kSupervisorMode}) {
        checking("size, bits", size << 8 | bits);
        CHECK_EQ(permissions_at(mode, base), bits);
        CHECK_EQ(permissions_at(mode, base + size - 4), bits);
        CHECK_EQ(permissions_at(mode, base - 4), kPmpRWX);
        CHECK_EQ(permissions_at(mode, base + size), kPmpRWX);
      }
      CHECK_EQ(permissions_at(kMachineMode, base), kPmpRWX);
    }
  return 0;
}
