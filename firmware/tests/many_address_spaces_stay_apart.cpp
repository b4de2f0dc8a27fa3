// Twenty address spaces in turn, each with its ASID: a translation of one is never used for another.
#include "lib/paging.h"

constexpr unsigned kSpaces = 20;

int main() {
  new_pages(kSv39);
  map_page(kVa, 0, 0);
  const uint64_t shared = (satp_for_pages() & ((1ull << 44) - 1)) << 12;
  static uint64_t satps[kSpaces], values[kSpaces];
  alignas(kPage) static uint64_t tables[kSpaces][3][512];
  const uint64_t frames = 0x80400000;
  for (unsigned i = 0; i < kSpaces; ++i) {
    memcpy(tables[i][0], (void*)shared, kPage);
    tables[i][0][kVa >> 30] = pte_for((uint64_t)tables[i][1], kV);
    tables[i][1][0] = pte_for((uint64_t)tables[i][2], kV);
    tables[i][2][0] = pte_for(frames + i * kPage, kPageRW);
    *(volatile uint64_t*)(frames + i * kPage) = 1000 + i;
    satps[i] = (uint64_t)kSv39 << 60 | (uint64_t)(i + 1) << 44 | (uint64_t)tables[i][0] >> 12;
  }
  CSR_WRITE(satp, satps[0]);
  sfence_vma();
  CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
    for (unsigned round = 0; round < 5; ++round)
      for (unsigned i = 0; i < kSpaces; ++i) {
        CSR_WRITE(satp, satps[i]);
        values[i] += load64(kVa);
        store64(kVa, load64(kVa) + 1);
      }
  }));
  for (unsigned i = 0; i < kSpaces; ++i) {
    CHECK_EQ(values[i], 5 * (1000 + i) + 10);
    CHECK_EQ(*(volatile uint64_t*)(frames + i * kPage), 1005 + i);
  }
  return 0;
}
