// What lies at physical addresses: who holds code of a page, device accesses and devices' access to RAM.
#include "mmu/physical_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace rvx {

PhysicalMemory::PhysicalMemory(Ram& ram, Bus& bus)
    : ram_(ram), bus_(bus), pages_bytes_(((ram.size() + kPageMask) >> kPageShift) * sizeof(Page)) {
  void* mapping = mmap(nullptr, pages_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  pages_ = static_cast<Page*>(mapping);  // all zero is a page of which nothing is known
}

PhysicalMemory::~PhysicalMemory() { munmap(pages_, pages_bytes_); }

// --- Translated code ----------------------------------------------------------------------------

uint32_t PhysicalMemory::hold_code(unsigned number, uint64_t address) noexcept {
  Page& p = page(address);
  const std::lock_guard lock(mutex_);
  p.holders |= uint32_t{1} << number;
  return p.flags.fetch_or(page_flag::kCode) >> page_flag::kFirstWriter;
}

void PhysicalMemory::writers_gone(uint64_t address, uint32_t harts) noexcept {
  flags(address).fetch_and(~(harts << page_flag::kFirstWriter));
}

void PhysicalMemory::release_code(unsigned number, uint64_t address) noexcept {
  Page& p = page(address);
  const std::lock_guard lock(mutex_);
  p.holders &= ~(uint32_t{1} << number);
  if (p.holders != 0) return;
  p.code_lines.store(0);
  p.flags.fetch_and(~page_flag::kCode);
}

void PhysicalMemory::tell_holders(uint64_t address, uint64_t length, unsigned hart) noexcept {
  Page& p = page(address);
  const uint64_t first = (address & kPageMask) >> 6;
  const uint64_t last = std::min((address & kPageMask) + length - 1, kPageMask) >> 6;
  const uint64_t touched = (~uint64_t{0} >> (63 - (last - first))) << first;
  if (!(p.code_lines.load(std::memory_order_relaxed) & touched)) return;
  uint32_t holders;
  {
    const std::lock_guard lock(mutex_);
    holders = p.holders;
  }
  // One that comes now reads the new bytes; one that goes now need not be told and takes no harm.
  for (unsigned number = 0; holders != 0; ++number, holders >>= 1)
    if ((holders & 1) && holders_[number] != nullptr) holders_[number]->code_changed(address & ~kPageMask, hart);
}

void PhysicalMemory::range_written(uint64_t address, uint64_t length) noexcept {
  for (const uint64_t end = address + length; address < end;) {
    const uint64_t next = std::min(end, (address & ~kPageMask) + kPageSize);
    if (flags(address).load(std::memory_order_relaxed) & page_flag::kCode) tell_holders(address, next - address, kNobody);
    address = next;
  }
}

// --- Devices ------------------------------------------------------------------------------------

bool PhysicalMemory::read_device(uint64_t address, unsigned size, uint64_t& value, unsigned hart) noexcept {
  const DeviceSection section(*this, hart);
  return bus_.read(address, size, value);
}

bool PhysicalMemory::write_device(uint64_t address, unsigned size, uint64_t value, unsigned hart) noexcept {
  const DeviceSection section(*this, hart);
  return bus_.write(address, size, value);
}

uint8_t* PhysicalMemory::map(uint64_t address, uint64_t length, bool will_write) noexcept {
  if (!ram_.contains(address, length)) return nullptr;
  if (will_write && length != 0) {
    // Holders are told now, so that they know before the guest learns that the device is done; and with
    // several threads again when it is, as they may translate what it is about to overwrite.
    range_written(address, length);
    if (on_device_write) on_device_write(address, length);
    if (is_concurrent_) device_writes_.push_back({address, length});
  }
  return ram_.at(address);
}

DeviceSection::DeviceSection(PhysicalMemory& memory, unsigned hart) noexcept : memory_(memory) {
  memory_.device_mutex_.lock();
  before_ = memory_.device_user_;
  memory_.device_user_ = hart;
}

DeviceSection::~DeviceSection() {
  if (!memory_.device_writes_.empty()) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (const auto& [address, length] : memory_.device_writes_) memory_.range_written(address, length);
    memory_.device_writes_.clear();
  }
  memory_.device_user_ = before_;
  memory_.device_mutex_.unlock();
}

}  // namespace rvx
