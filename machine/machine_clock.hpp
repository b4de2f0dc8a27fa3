// Machine time and what is due at some point of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "cpu/hart.hpp"
#include "devices/device.hpp"
#include "machine/config.hpp"

namespace rvx {

// In deterministic mode one cycle (without a model: one retired instruction) is one nanosecond of the hart whose turn
// it is; in real time it is the host's monotonic clock since start. Any thread may ask for the time; actions
// belong to who is in a DeviceSection.
class MachineClock final : public Clock {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  explicit MachineClock(TimeMode mode);

  [[nodiscard]] uint64_t now_ns() const noexcept override;
  [[nodiscard]] uint64_t epoch_seconds() const noexcept override;
  void call_at(uint64_t when_ns, std::function<void()> action) override;

  // When the earliest action is due, or kNever.
  [[nodiscard]] uint64_t next_action_ns() const noexcept { return actions_.empty() ? kNever : actions_.begin()->first.first; }
  [[nodiscard]] bool is_due() const noexcept { return next_action_ns() <= now_ns(); }
  // Called when an action is asked for that comes before all others.
  std::function<void()> on_earlier;
  // Run everything due by now_ns(). Returns whether anything ran.
  bool run_due();

  // Deterministic mode: `hart` begins (or goes on with) its turn at machine time `at_ns`.
  void begin_turn(const Hart& hart, uint64_t at_ns) noexcept {
    hart_ = &hart;
    turn_ns_ = at_ns;
    turn_cycles_ = hart.cycles();
  }

 private:
  TimeMode mode_;
  uint64_t start_ns_ = 0;  // host time of reset
  uint64_t start_seconds_ = 0;
  const Hart* hart_ = nullptr;
  uint64_t turn_ns_ = 0;
  uint64_t turn_cycles_ = 0;
  uint64_t sequence_ = 0;
  std::map<std::pair<uint64_t, uint64_t>, std::function<void()>> actions_;  // by time, then order
};

}  // namespace rvx
