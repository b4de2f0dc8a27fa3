// What lies at physical addresses: RAM with what is known of each page, and the bus for the rest.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "devices/bus.hpp"
#include "devices/device.hpp"
#include "devices/ram.hpp"
#include "mmu/types.hpp"
#include "mmu/window.hpp"

namespace rvx {

// Why a store may not go to a page through the host TLB; and from kFirstWriter on one bit for each
// hart whose write TLB may have the page.
namespace page_flag {
inline constexpr uint32_t kCode = 1;     // somebody holds translated instructions
inline constexpr uint32_t kWatched = 2;  // HTIF's words: every store is reported
inline constexpr unsigned kFirstWriter = 8;
inline constexpr uint32_t writer(unsigned hart) { return uint32_t{1} << (kFirstWriter + hart); }
inline constexpr unsigned kMaxWriters = 32 - kFirstWriter;
}  // namespace page_flag

// Someone who keeps translations of guest code: a hart's code cache, or a tier shared by harts.
class CodeHolder {
 public:
  virtual ~CodeHolder() = default;
  // Bytes of the page at `page` have changed: forget what was made of them, at once when the hart
  // `by` is the holder's own, otherwise soon. Called by any thread, with or without the device lock.
  virtual void code_changed(uint64_t page, unsigned by) noexcept = 0;
};

// Which translations a store must end, with harts on threads of their own.
//
// A holder that wants to translate calls hold_code() once for a page, then has every hart drop its
// write entries of that page and waits until they have (SafePoints); then, line by line, it sets the
// line's bit in code_lines() and reads the bytes after that. A store to a page with kCode goes
// through no write entry; it is done, then the bits are looked at (written()), and the holders are
// told. So either the translator reads the new bytes, or the store sees the bit: both sides write
// first and read then, with a full barrier between (Dekker's way). That no write entry is left or
// comes back:
//   - the flags are one word. fill() sets its hart's writer bit and looks at kCode in one atomic
//     step, hold_code() sets kCode and the holder looks at the writer bits in one. Whoever comes
//     second sees the other: fill() then makes no entry, or the holder asks that hart to drop it.
//   - a hart that finds its writer bit set already has only read the flags. If they had no kCode, the
//     holder's request is answered at a safe point after the fill, as a fill passes none.
//   - the holder clears the bits of those that have answered. While kCode stands no bit is set anew.
// The bits of lines go away only with the last holder of the page, under mutex_, as holders come and
// go under it.
class PhysicalMemory final : public DmaPort {
 public:
  static constexpr unsigned kNobody = ~0u;
  static constexpr unsigned kMaxHolders = 32;

  PhysicalMemory(Ram& ram, Bus& bus);
  ~PhysicalMemory() override;
  PhysicalMemory(const PhysicalMemory&) = delete;
  PhysicalMemory& operator=(const PhysicalMemory&) = delete;

  [[nodiscard]] Ram& ram() noexcept { return ram_; }
  [[nodiscard]] Bus& bus() noexcept { return bus_; }

  // Several threads use this memory from now on: harts on their own, devices on another.
  void set_concurrent() noexcept { is_concurrent_ = true; }
  [[nodiscard]] bool is_concurrent() const noexcept { return is_concurrent_; }

  // Of the RAM page that holds `address` (which ram().contains()).
  [[nodiscard]] std::atomic<uint32_t>& flags(uint64_t address) noexcept { return page(address).flags; }
  // Bit n: somebody may hold code made from the page's n-th 64-byte line.
  [[nodiscard]] std::atomic<uint64_t>& code_lines(uint64_t address) noexcept { return page(address).code_lines; }

  // `number`: of a hart for its own code, any other below kMaxHolders for what harts share. nullptr
  // ends it, when the holder has released all pages.
  void set_code_holder(unsigned number, CodeHolder* holder) noexcept { holders_[number] = holder; }
  // Holder `number` is about to translate code of the page of `address`. Returns the harts, as bits,
  // whose write entries for it must go before any byte is read; then tell writers_gone().
  [[nodiscard]] uint32_t hold_code(unsigned number, uint64_t address) noexcept;
  void writers_gone(uint64_t address, uint32_t harts) noexcept;
  // It holds no code of the page any more.
  void release_code(unsigned number, uint64_t address) noexcept;

  // Bytes within one RAM page have been stored to, by `hart` or else kNobody.
  void written(uint64_t address, uint64_t length, unsigned hart) noexcept {
    if (is_concurrent_) std::atomic_thread_fence(std::memory_order_seq_cst);
    if (flags(address).load(std::memory_order_relaxed) & page_flag::kCode) tell_holders(address, length, hart);
  }

  // Whatever is not RAM, under the lock of a DeviceSection; `hart` asks.
  [[nodiscard]] bool read_device(uint64_t address, unsigned size, uint64_t& value, unsigned hart) noexcept;
  [[nodiscard]] bool write_device(uint64_t address, unsigned size, uint64_t value, unsigned hart) noexcept;
  // Inside a DeviceSection: the hart it works for, or kNobody.
  [[nodiscard]] unsigned device_user() const noexcept { return device_user_; }

  // Of all harts' windows.
  [[nodiscard]] WindowBudget& window_budget() noexcept { return window_budget_; }

  // A number no one has got before, for HostTlbView::fetch_generation.
  [[nodiscard]] uint64_t new_generation() noexcept { return ++generation_; }

  // For devices, inside a DeviceSection.
  uint8_t* map(uint64_t address, uint64_t length, bool will_write) noexcept override;
  // Called for what is mapped to be written, if it is set; where no other threads run alone.
  std::function<void(uint64_t address, uint64_t length)> on_device_write;

 private:
  friend class DeviceSection;

  struct Page {
    std::atomic<uint64_t> code_lines;
    std::atomic<uint32_t> flags;
    uint32_t holders;  // by number; under mutex_
  };
  static_assert(sizeof(Page) == 16);
  struct Written {
    uint64_t address, length;
  };

  [[nodiscard]] Page& page(uint64_t address) noexcept { return pages_[(address - ram_.base()) >> kPageShift]; }
  void tell_holders(uint64_t address, uint64_t length, unsigned hart) noexcept;
  void range_written(uint64_t address, uint64_t length) noexcept;

  Ram& ram_;
  Bus& bus_;
  Page* pages_;  // mmap'd: committed on first touch only
  uint64_t pages_bytes_;
  bool is_concurrent_ = false;
  std::atomic<uint64_t> generation_ = 0;
  WindowBudget window_budget_;
  std::mutex mutex_;  // nothing else is locked while it is held
  std::array<CodeHolder*, kMaxHolders> holders_{};

  std::recursive_mutex device_mutex_;  // recursive: a semihosting call may name a device's address
  unsigned device_user_ = kNobody;
  std::vector<Written> device_writes_;  // of the section
};

// While it lives, its thread alone works with devices: their registers, their DMA and what they call
// back. Held briefly, and never while waiting for another hart.
class DeviceSection {
 public:
  explicit DeviceSection(PhysicalMemory& memory, unsigned hart = PhysicalMemory::kNobody) noexcept;
  ~DeviceSection();
  DeviceSection(const DeviceSection&) = delete;
  DeviceSection& operator=(const DeviceSection&) = delete;

 private:
  PhysicalMemory& memory_;
  unsigned before_;
};

}  // namespace rvx
