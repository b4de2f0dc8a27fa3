// With satp.MODE = Bare, S- and U-mode use physical addresses as they are; SUM, MXR and table contents do not matter.
#include "lib/paging.h"

int main() {
  CSR_WRITE(satp, 0);
  CSR_CLEAR(mstatus, kSUM | kMXR);
  const uint64_t frame = (uint64_t)new_code_frame();
  for (const Mode mode : {kSupervisorMode, kUserMode}) check_all_pass(mode, frame);
  CHECK_TRAP(try_access(kSupervisorMode, kLoad, 1ull << 56), kLoadAccessFault, 1ull << 56);
  CHECK_TRAP(try_access(kUserMode, kStore, ~0ull - 7), kStoreAccessFault, ~0ull - 7);
  return 0;
}
