// After reset each hart is in M-mode with MIE and MPRV clear, mcause zero, no PMP entry locked, its number in a0 and a device tree in a1.
// guest: harts=1,4
#include "lib/test.h"

static void check(unsigned hart) {
  checking("hart", hart);
  CHECK_EQ(CSR_READ(mhartid), hart);
  CHECK_EQ(CSR_READ(mstatus) & (kMIE | kMPRV), 0);
  CHECK_EQ(CSR_READ(mcause), 0);
  CHECK_EQ(CSR_READ(satp) >> 60, kBare);
  CHECK_EQ(CSR_READ(pmpcfg0) & 0x8080808080808080, 0);
  CHECK_EQ(CSR_READ(pmpcfg2) & 0x8080808080808080, 0);
  CHECK_EQ(rt_reset_arguments[hart][0], hart);
  const uint64_t tree = rt_reset_arguments[hart][1];
  CHECK(tree != 0);
  CHECK_EQ(*(uint32_t*)tree, 0xedfe0dd0);  // 0xd00dfeed, big-endian
  CHECK_EQ(tree, rt_reset_arguments[0][1]);
}

int main() {
  on_all_harts(rt_hart_count(), check);
  return 0;
}
