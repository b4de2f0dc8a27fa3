// What lies at physical addresses: RAM with a flag byte for each page, and the bus for the rest.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "devices/bus.hpp"
#include "devices/device.hpp"
#include "devices/ram.hpp"
#include "mmu/types.hpp"

namespace rvx {

// Pages that a store may not write through the host TLB, and why.
namespace page_flag {
inline constexpr uint8_t kCode = 1;      // holds translated instructions
inline constexpr uint8_t kWatched = 2;   // HTIF's words: every store is reported
inline constexpr uint8_t kWritable = 4;  // may be present in some hart's write TLB
}  // namespace page_flag

class PhysicalMemory final : public DmaPort {
 public:
  PhysicalMemory(Ram& ram, Bus& bus);
  ~PhysicalMemory() override;
  PhysicalMemory(const PhysicalMemory&) = delete;
  PhysicalMemory& operator=(const PhysicalMemory&) = delete;

  [[nodiscard]] Ram& ram() noexcept { return ram_; }
  [[nodiscard]] Bus& bus() noexcept { return bus_; }

  // The flag byte of the RAM page that holds `address` (which ram().contains()).
  [[nodiscard]] uint8_t& flags(uint64_t address) noexcept { return flags_[(address - ram_.base()) >> kPageShift]; }

  // Called before bytes of a kCode page change: physical address and length within one page.
  std::function<void(uint64_t address, uint64_t length)> on_code_write;
  // The map of lines that hold code in the kCode page of `address` (see MixedEntry), or nullptr. The
  // map stays where it is until every hart's TLB has been flushed.
  std::function<const uint64_t*(uint64_t address)> code_lines;
  // Set by a store to a kWatched page; the machine looks and clears.
  bool watch_hit = false;

  // A number no one has got before, for HostTlbView::fetch_generation.
  [[nodiscard]] uint64_t new_generation() noexcept { return ++generation_; }

  uint8_t* map(uint64_t address, uint64_t length, bool will_write) noexcept override;

 private:
  Ram& ram_;
  Bus& bus_;
  uint8_t* flags_;  // mmap'd: pages of flags are committed on first touch only
  uint64_t flags_size_;
  std::atomic<uint64_t> generation_ = 0;
};

}  // namespace rvx
