// The core-local interruptor: machine time, timer compare and software interrupts of every hart.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "devices/device.hpp"

namespace rvx {

// The layout of SiFive's CLINT: msip at 0 (4 bytes for each hart), mtimecmp at 0x4000 (8 bytes for
// each hart), mtime at 0xbff8. Accesses are 4 or 8 bytes and naturally aligned, all others fault;
// what no hart owns reads as zero and ignores writes. The size of the range is the bus's matter.
//
// Guest writes must be serialised by the machine. mtime(), mtimecmp(), msip() and deadline_ns() may
// be called by any thread at any time.
class Clint final : public Device {
 public:
  // `ns_per_tick`: nanoseconds of machine time in one tick of mtime.
  Clint(unsigned harts, const Clock& clock, uint64_t ns_per_tick = 100);

  [[nodiscard]] bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override;
  [[nodiscard]] bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  // Ticks. A hart's timer interrupt is pending while mtime() >= mtimecmp(hart).
  [[nodiscard]] uint64_t mtime() const noexcept {
    return clock_.now_ns() / ns_per_tick_ + load(mtime_offset_);
  }
  // CHOICE: all ones after reset, so that no timer interrupt is pending before software sets one.
  [[nodiscard]] uint64_t mtimecmp(unsigned hart) const noexcept { return load(mtimecmp_[hart]); }
  [[nodiscard]] bool msip(unsigned hart) const noexcept { return load(msip_[hart]) != 0; }

  // Machine time in nanoseconds at which mtime() reaches `ticks`: not later than now when it has
  // already, all ones when it is too far away to be said.
  [[nodiscard]] uint64_t deadline_ns(uint64_t ticks) const noexcept;

  // Called after each guest write that may have changed what is pending for `hart`. A write to
  // mtime calls it for every hart.
  std::function<void(unsigned hart)> on_change;

  template <class V>
  void visit_state(V& v) {
    v("msip", msip_);
    v("mtimecmp", mtimecmp_);
    v("mtime_offset", mtime_offset_);
  }
  // Call after visit_state has loaded. False when the state is of a machine with other harts.
  [[nodiscard]] bool restored() noexcept;

 private:
  // Plain fields for visit_state, read while another thread may write them.
  template <class T>
  static T load(const T& field) noexcept {
    return std::atomic_ref<T>(const_cast<T&>(field)).load(std::memory_order_relaxed);
  }
  template <class T>
  static void store(T& field, T value) noexcept {
    std::atomic_ref<T>(field).store(value, std::memory_order_relaxed);
  }

  [[nodiscard]] uint64_t read_word_pair(uint64_t offset) const noexcept;
  void write_msip(uint64_t hart, uint64_t value) noexcept;
  void changed(unsigned hart) noexcept {
    if (on_change) on_change(hart);
  }

  const Clock& clock_;
  const uint64_t ns_per_tick_;
  const unsigned harts_;
  std::vector<uint32_t> msip_;
  std::vector<uint64_t> mtimecmp_;
  uint64_t mtime_offset_ = 0;  // ticks
};

}  // namespace rvx
