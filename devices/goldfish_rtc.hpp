// The real-time clock: google,goldfish-rtc, nanoseconds since 1970 with one alarm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "devices/device.hpp"

namespace rvx {

// The RTC of "Goldfish Virtual Hardware". 32-bit aligned accesses only; unknown registers read
// zero. Reading TIME_LOW latches what TIME_HIGH reads next; writing ALARM_LOW sets the alarm, so
// ALARM_HIGH comes first. Calls must be serialised by the machine.
class GoldfishRtc final : public Device {
 public:
  // The clock may hold actions that refer to this object for as long as it lives.
  GoldfishRtc(Clock& clock, IrqLine irq);
  GoldfishRtc(const GoldfishRtc&) = delete;
  GoldfishRtc& operator=(const GoldfishRtc&) = delete;

  [[nodiscard]] bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override;
  [[nodiscard]] bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  template <class V>
  void visit_state(V& v) {
    v("time_offset", time_offset_);
    v("latched_high", latched_high_);
    v("alarm", alarm_);
    v("alarm_set", alarm_set_);
    v("irq_enabled", irq_enabled_);
    v("irq_pending", irq_pending_);
  }
  // Call after visit_state has loaded and the clock has its new time: drives the interrupt line and
  // asks the clock for the alarm again.
  [[nodiscard]] bool restored() noexcept;

 private:
  [[nodiscard]] uint64_t time() const noexcept;
  void set_time(uint64_t time) noexcept;
  void check_alarm() noexcept;
  void call_arrived() noexcept;
  void update_irq() noexcept { irq_.set(irq_enabled_ && irq_pending_); }

  Clock& clock_;
  IrqLine irq_;

  uint64_t time_offset_ = 0;  // nanoseconds the guest added to the clock
  uint32_t latched_high_ = 0;
  uint64_t alarm_ = 0;  // nanoseconds since 1970
  bool alarm_set_ = false;
  bool irq_enabled_ = false;
  bool irq_pending_ = false;

  std::vector<uint64_t> calls_;  // machine times the clock was asked for, latest first
  uint64_t generation_ = 0;      // calls asked for before a restore no longer count
};

}  // namespace rvx
