// Building page tables before translation is on.
#include "lib/space.hpp"

extern "C" uint8_t _start[], __end[];

namespace {
uint64_t next_free;
}

uint64_t take_memory(uint64_t bytes, uint64_t alignment) {
  if (next_free == 0) next_free = reinterpret_cast<uint64_t>(__end);
  const uint64_t start = (next_free + alignment - 1) & ~(alignment - 1);
  CHECK(start + bytes <= kMemoryEnd);
  next_free = start + bytes;
  return start;
}

uint64_t AddressSpace::new_table() {
  const uint64_t table = take_memory(kPage, kPage);
  memset(reinterpret_cast<void*>(table), 0, kPage);
  return table;
}

// The entry of `va` at `level` (0: 4 KiB); tables that are missing on the way are made.
uint64_t* AddressSpace::entry(uint64_t va, unsigned level) {
  uint64_t table = root_;
  for (unsigned at = static_cast<unsigned>(mode_) - 6;; --at) {
    uint64_t* entry = reinterpret_cast<uint64_t*>(table) + (va >> (12 + 9 * at) & 511);
    if (at == level) return entry;
    if (!(*entry & kV)) *entry = pte_for(new_table(), kV);
    table = *entry >> 10 << 12;
  }
}

void AddressSpace::map(uint64_t va, uint64_t physical, uint64_t flags, uint64_t size) {
  CHECK(((va | physical) & (size - 1)) == 0);
  if (size == kMega) {
    *entry(va, 1) = pte_for(physical, flags);
  } else if (size == kNapot64) {
    // Svnapot: sixteen equal entries; bit 3 of the page number says how large the page is.
    for (uint64_t i = 0; i < 16; ++i) *entry(va + i * kPage, 0) = pte_for(physical + 8 * kPage, flags | kN);
  } else {
    CHECK_EQ(size, +kPage);
    *entry(va, 0) = pte_for(physical, flags);
  }
}

void AddressSpace::map_program(uint64_t more_flags) {
  for (uint64_t at = reinterpret_cast<uint64_t>(_start); at < reinterpret_cast<uint64_t>(__end); at += kPage) map(at, at, kPageRWX | more_flags, kPage);
}

unsigned asid_bits() {
  const uint64_t old = CSR_READ(satp);
  CSR_WRITE(satp, static_cast<uint64_t>(kSv39) << 60 | 0xffffull << 44);
  uint64_t held = CSR_READ(satp) >> 44 & 0xffff;
  CSR_WRITE(satp, old);
  sfence_vma();
  unsigned bits = 0;
  for (; held; held >>= 1) ++bits;
  return bits;
}
