// The real-time clock: registers, and an alarm that a guest cannot use to fill the clock's queue.
#include "devices/goldfish_rtc.hpp"

#include <bit>
#include <utility>

namespace rvx {
namespace {

enum Register : uint64_t {
  kTimeLow = 0x00,
  kTimeHigh = 0x04,
  kAlarmLow = 0x08,
  kAlarmHigh = 0x0c,
  kIrqEnabled = 0x10,
  kClearAlarm = 0x14,
  kAlarmStatus = 0x18,
  kClearInterrupt = 0x1c,
};

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kShortWaitNs = 1024;  // below this the clock is asked for the exact time

uint64_t with_low(uint64_t old, uint64_t low) { return (old & ~uint64_t{0xffff'ffff}) | low; }
uint64_t with_high(uint64_t old, uint64_t high) { return (old & 0xffff'ffff) | high << 32; }

}  // namespace

GoldfishRtc::GoldfishRtc(Clock& clock, IrqLine irq) : clock_(clock), irq_(std::move(irq)) {}

uint64_t GoldfishRtc::time() const noexcept {
  return clock_.epoch_seconds() * kNsPerSecond + clock_.now_ns() + time_offset_;
}

void GoldfishRtc::set_time(uint64_t time_ns) noexcept {
  time_offset_ += time_ns - time();
  check_alarm();
}

bool GoldfishRtc::read(uint64_t offset, unsigned size, uint64_t& value) noexcept {
  if (size != 4 || offset % 4 != 0) return false;
  switch (offset) {
    case kTimeLow: {
      const uint64_t now = time();
      latched_high_ = static_cast<uint32_t>(now >> 32);
      value = now & 0xffff'ffff;
      break;
    }
    case kTimeHigh: value = latched_high_; break;
    case kAlarmLow: value = alarm_ & 0xffff'ffff; break;
    case kAlarmHigh: value = alarm_ >> 32; break;
    case kIrqEnabled: value = irq_enabled_; break;
    case kAlarmStatus: value = alarm_set_; break;
    default: value = 0; break;
  }
  return true;
}

bool GoldfishRtc::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
  if (size != 4 || offset % 4 != 0) return false;
  value &= 0xffff'ffff;
  switch (offset) {
    case kTimeLow: set_time(with_low(time(), value)); break;
    case kTimeHigh: set_time(with_high(time(), value)); break;
    case kAlarmLow:
      alarm_ = with_low(alarm_, value);
      alarm_set_ = true;
      check_alarm();
      break;
    case kAlarmHigh: alarm_ = with_high(alarm_, value); break;
    case kIrqEnabled:
      irq_enabled_ = (value & 1) != 0;
      update_irq();
      break;
    case kClearAlarm: alarm_set_ = false; break;
    case kClearInterrupt:
      irq_pending_ = false;
      update_irq();
      break;
    default: break;
  }
  return true;
}

// Raise the alarm if it is due, or see to it that the clock calls in time.
//
// A call cannot be taken back, so a guest that keeps moving its alarm must not cause one call for
// each write. The clock is asked for now plus the largest power of two that is not beyond the
// alarm; when the call comes early, we ask again. Each call that is open then has a smaller
// exponent than the one before, which bounds their number by 64 above kShortWaitNs and by
// kShortWaitNs below.
void GoldfishRtc::check_alarm() noexcept {
  if (!alarm_set_) return;
  const uint64_t now = time();
  if (alarm_ <= now) {
    alarm_set_ = false;
    irq_pending_ = true;
    update_irq();
    return;
  }
  const uint64_t wait = alarm_ - now;
  const uint64_t machine_now = clock_.now_ns();
  const uint64_t step = wait < kShortWaitNs ? wait : std::bit_floor(wait);
  if (step > ~uint64_t{0} - machine_now) return;  // centuries away
  if (!calls_.empty() && (calls_.back() <= machine_now || calls_.back() - machine_now <= wait))
    return;
  calls_.push_back(machine_now + step);
  clock_.call_at(machine_now + step, [this, generation = generation_] {
    if (generation == generation_) call_arrived();
  });
}

void GoldfishRtc::call_arrived() noexcept {
  if (!calls_.empty()) calls_.pop_back();
  check_alarm();
}

bool GoldfishRtc::restored() noexcept {
  ++generation_;
  calls_.clear();
  update_irq();
  check_alarm();
  return true;
}

}  // namespace rvx
