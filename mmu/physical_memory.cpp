// What lies at physical addresses: page flags and device access to RAM.
#include "mmu/physical_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace rvx {

PhysicalMemory::PhysicalMemory(Ram& ram, Bus& bus)
    : ram_(ram), bus_(bus), flags_size_((ram.size() + kPageMask) >> kPageShift) {
  void* mapping = mmap(nullptr, flags_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  flags_ = static_cast<uint8_t*>(mapping);
}

PhysicalMemory::~PhysicalMemory() { munmap(flags_, flags_size_); }

uint8_t* PhysicalMemory::map(uint64_t address, uint64_t length, bool will_write) noexcept {
  if (!ram_.contains(address, length)) return nullptr;
  if (will_write && length != 0) {
    const uint64_t end = address + length;
    for (uint64_t at = address; at < end;) {
      const uint64_t next = std::min(end, (at & ~kPageMask) + kPageSize);
      const uint8_t flag = flags(at);
      if ((flag & page_flag::kCode) && on_code_write) on_code_write(at, next - at);
      at = next;
    }
  }
  return ram_.at(address);
}

}  // namespace rvx
