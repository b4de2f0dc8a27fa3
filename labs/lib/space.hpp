// Address spaces of labs: page tables for Sv39 and Sv48 with leaves of 4 KiB, 64 KiB (Svnapot) and 2 MiB.
#pragma once

#include "lib/test.h"

// Where frames come from: between the program and this address, below what emulators put at the end of 128 MiB.
constexpr uint64_t kMemoryEnd = 0x80000000 + (96ull << 20);

// `bytes` of memory that nothing else uses, naturally aligned to `alignment` (a power of two, at least
// 4 KiB), not cleared. Ends the lab if there are no more.
uint64_t take_memory(uint64_t bytes, uint64_t alignment);

constexpr uint64_t kNapot64 = 64ull << 10;

class AddressSpace {
 public:
  AddressSpace(SatpMode mode, uint16_t asid) : mode_(mode), asid_(asid), root_(new_table()) {}

  // One page of 4 KiB, 64 KiB or 2 MiB; both addresses are multiples of its size. A and D are set
  // beforehand, so that no walk writes.
  void map(uint64_t va, uint64_t physical, uint64_t flags, uint64_t size);
  // The whole program where it is, in pages of 4 KiB that S-mode may read, write and execute.
  void map_program(uint64_t more_flags);

  uint16_t asid() const { return asid_; }
  uint64_t satp() const { return mode_ << 60 | static_cast<uint64_t>(asid_) << 44 | root_ >> 12; }

 private:
  static uint64_t new_table();
  uint64_t* entry(uint64_t va, unsigned level);

  SatpMode mode_;
  uint16_t asid_;
  uint64_t root_;
};

// How many bits of an ASID satp holds: what is written comes back.
unsigned asid_bits();
