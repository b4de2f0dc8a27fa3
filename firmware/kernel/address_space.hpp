// A process's Sv39 page table: the lower half is its own, the upper half is everybody's kernel.
#pragma once

#include "kernel/pages.hpp"

// Leaves that belong to shared memory and are not freed with the table: a bit that hardware ignores.
inline constexpr uint64_t kPteShared = 1 << 8;

class AddressSpace {
 public:
  bool create();   // false: no memory
  void destroy();  // frees the tables and the pages, but not shared ones

  uint64_t root() const { return root_; }  // physical

  // Maps one page, or with `level` 1 one of 2 MiB. False: no memory for tables, or not a user address.
  bool map(uint64_t address, uint64_t physical, uint64_t flags, unsigned level = 0);
  // Fresh zeroed pages for [start, end).
  bool map_new(uint64_t start, uint64_t end, uint64_t flags);
  // Physical address for an access that needs `flags` (kR, kW), or 0.
  uint64_t translate(uint64_t address, uint64_t flags) const;
  // All pages of `other`, copied; shared ones shared.
  bool copy_from(const AddressSpace& other);

  // Between the kernel and user memory, by the kernel's own mapping of the pages. False: not mapped so.
  bool read(uint64_t from, void* to, uint64_t size) const;
  bool write(uint64_t to, const void* from, uint64_t size);
  // A string with its zero byte, if it fits.
  bool read_string(uint64_t from, char* to, uint64_t room) const;

 private:
  uint64_t* entry(uint64_t address, unsigned level, bool create);
  uint64_t root_ = 0;
};
