// Machine time: virtual or the host's, and the queue of actions.
#include "machine/machine_clock.hpp"

#include <ctime>

namespace rvx {
namespace {

// CHOICE: deterministic machines always start on 2024-01-01 00:00:00 UTC.
constexpr uint64_t kVirtualEpoch = 1704067200;

uint64_t host_ns(clockid_t clock) noexcept {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace

MachineClock::MachineClock(TimeMode mode) : mode_(mode) {
  if (mode_ == TimeMode::kRealTime) {
    start_ns_ = host_ns(CLOCK_MONOTONIC);
    start_seconds_ = host_ns(CLOCK_REALTIME) / 1'000'000'000;
  } else {
    start_seconds_ = kVirtualEpoch;
  }
}

uint64_t MachineClock::now_ns() const noexcept {
  if (mode_ == TimeMode::kRealTime) return host_ns(CLOCK_MONOTONIC) - start_ns_;
  return turn_ns_ + (hart_ == nullptr ? 0 : hart_->cycles() - turn_cycles_);
}

uint64_t MachineClock::epoch_seconds() const noexcept { return start_seconds_; }

void MachineClock::call_at(uint64_t when_ns, std::function<void()> action) {
  const bool is_earlier = when_ns < next_action_ns();
  actions_.emplace(std::pair{when_ns, ++sequence_}, std::move(action));
  if (is_earlier && on_earlier) on_earlier();
}

bool MachineClock::run_due() {
  bool ran = false;
  while (!actions_.empty() && actions_.begin()->first.first <= now_ns()) {
    auto node = actions_.extract(actions_.begin());
    node.mapped()();
    ran = true;
  }
  return ran;
}

}  // namespace rvx
