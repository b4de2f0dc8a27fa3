// Writing satp with a MODE that is not supported changes nothing at all; with a supported one ASID and PPN are kept too.
#include "lib/test.h"

int main() {
  new_pages(kSv39);
  const uint64_t legal = satp_for_pages(5);
  for (uint64_t mode = 0; mode < 16; ++mode) {
    checking("MODE", mode);
    CSR_WRITE(satp, legal);
    const uint64_t value = mode << 60 | 7ull << 44 | 0x12345;
    CSR_WRITE(satp, value);
    if (mode >= kSv39 && mode <= kSv57) CHECK_EQ(CSR_READ(satp), value);
    else if (mode != kBare) CHECK_EQ(CSR_READ(satp), legal);
  }
  // All sixteen bits of ASID are there, and all 44 of PPN.
  CSR_WRITE(satp, (uint64_t)kSv39 << 60 | ((1ull << 60) - 1));
  CHECK_EQ(CSR_READ(satp), (uint64_t)kSv39 << 60 | ((1ull << 60) - 1));
  CSR_WRITE(satp, 0);
  return 0;
}
