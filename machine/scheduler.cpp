// When harts run in deterministic mode, in turns of virtual time; and what both modes ask: limits, the host, stuck guests.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "machine/machine.hpp"

namespace rvx {
namespace {

constexpr uint64_t kNever = MachineClock::kNever;

// How many instructions pass between looks at host descriptors and the host's clock.
constexpr uint64_t kPollInterval = 500'000;
// One hart alone needs no turns; this bounds how late a stop request is seen.
constexpr uint64_t kLongTurn = 1'000'000;
// An idle machine looks at limits and requests to stop this often, in nanoseconds.
constexpr uint64_t kLongestSleep = 100'000'000;

uint64_t host_now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace

Ending Machine::run() {
  host_start_ns_ = host_now_ns();
  for (auto& hart : harts_) update_timers(*hart);
  if (config_.time_mode == TimeMode::kDeterministic) {
    run_deterministic();
  } else {
    run_real_time();
  }
  if (on_idle) on_idle();
  const std::lock_guard lock(ending_mutex_);
  return *ending_;
}

uint64_t Machine::instruction_room() const noexcept {
  if (!config_.max_instructions) return kNever;
  const uint64_t done = instructions();
  return *config_.max_instructions > done ? *config_.max_instructions - done : 0;
}

// How many instructions the hart may run, to be at the end of so many cycles then. With a model they are fewer, by the
// pace of the last stretch, and what is left may be stalled for (MemoryPort::most_stalls): the deadline is missed by
// kLeastStalls at most, and by what fetches stall.
uint64_t Machine::turn_budget(Hart& hart, uint64_t cycles) noexcept {
  uint64_t budget = cycles;
  if (!models_.empty()) {
    constexpr uint64_t kLeast = 64, kMost = uint64_t{1} << 24, kLeastStalls = 1024;
    const Pace& pace = paces_[hart.id()];
    budget = std::min(cycles, kMost) * std::min(pace.instructions, kMost) / pace.cycles;
    budget = std::clamp(budget, kLeast, kMost);
    const uint64_t retire = budget * config_.model->cycles.instruction;
    MemoryPort& port = hart.port();
    port.is_stalled = false;
    port.most_stalls = port.model()->account().stalls() + std::max(cycles - std::min(cycles, retire), kLeastStalls);
  } else if (config_.model && config_.model_from > instructions()) {
    budget = std::min(budget, config_.model_from - instructions());
  }
  return std::min(budget, instruction_room());
}

// Whether the run has ended, by the guest, a limit or a request.
bool Machine::is_over() noexcept {
  if (has_ended()) return true;
  if (stop_requested_) {
    end_run({Ending::Kind::kStopped, 0, ""});
  } else if (config_.timeout_ns && host_now_ns() - host_start_ns_ >= *config_.timeout_ns) {
    end_run({Ending::Kind::kTimeout, 0, ""});
  }
  return has_ended();
}

// What a hart left for the machine when its engine gave control back.
void Machine::service(Hart& hart) {
  hart.s.attention &= attention::kInterrupt;
  if (hart.port().watch_hit) {
    hart.port().watch_hit = false;
    const DeviceSection section(*memory_, hart.id());
    if (htif_ != nullptr) htif_->poll();
  }
  if (console_has_room_) {
    console_has_room_ = false;
    poll_host(0);
  }
  hart.monitor().note_overflows();
  update_timers(hart);
  if (!clock_.is_due()) return;
  const DeviceSection section(*memory_, hart.id());
  clock_.run_due();
  update_timers(hart);
}

// Run `hart` over [from_ns, to_ns) of machine time, deterministic mode. Returns how far it got: short
// of to_ns when it yields or the run is over, or if it is alone and idle time is the host's. A waiting hart sleeps
// through to its next deadline.
uint64_t Machine::run_turn(Hart& hart, uint64_t from_ns, uint64_t to_ns) {
  uint64_t now = from_ns + charge_awaited_fences(hart);
  if (harts_.size() > 1) hart.s.reservation = 0;  // others may have stored since its last turn
  clock_.begin_turn(hart, now);
  service(hart);
  while (now < to_ns && !has_ended()) {
    const uint64_t deadline = std::min({to_ns, std::max(timer_deadline_ns(hart), now + 1), std::max(clock_.next_action_ns(), now + 1)});
    // A hart that only traps retires nothing, so its time passes as if it waited.
    if ((hart.s.waiting && !hart.has_wakeup()) || (hart.s.trap_loops && hart.deliverable_interrupt() < 0)) {
      if (paces_idle && harts_.size() == 1 && hart.s.waiting) break;
      now = deadline;
      clock_.begin_turn(hart, now);
      service(hart);
      continue;
    }
    hart.s.waiting = false;
    const uint64_t before = hart.s.instret, cycles_before = hart.cycles();
    const uint64_t budget = std::min(turn_budget(hart, deadline - now), hart.monitor().instruction_room());
    if (budget == 0) break;
    interpreters_[hart.id()]->run(hart, before + budget);
    const uint64_t cycles = hart.cycles() - cycles_before;
    if (hart.s.instret != before) paces_[hart.id()] = {hart.s.instret - before, std::max<uint64_t>(cycles, 1)};
    now += cycles;
    if (config_.model && models_.empty() && instructions() >= config_.model_from) attach_models();
    const bool yields = hart.s.attention & attention::kYield;
    service(hart);
    if (yields && harts_.size() > 1) {
      now = to_ns;
      clock_.begin_turn(hart, now);
    }
  }
  return now;
}

void Machine::run_deterministic() {
  uint64_t now = 0;
  uint64_t next_poll = 0;
  while (!is_over()) {
    if (instruction_room() == 0) return end_run({Ending::Kind::kInstructionLimit, 0, ""});
    const uint64_t turn = harts_.size() == 1 ? kLongTurn : config_.quantum;
    uint64_t end = now + turn;
    bool all_wait = true;
    for (auto& hart : harts_) {
      const uint64_t reached = run_turn(*hart, now, end);
      if (has_ended()) return;
      if (instruction_room() == 0) break;
      if (harts_.size() == 1) end = reached;
      all_wait = all_wait && hart->s.waiting && !hart->has_wakeup();
    }
    now = end;
    bool some_trap = false;
    for (auto& hart : harts_) some_trap = some_trap || hart->s.trap_loops;
    if (instructions() >= next_poll || some_trap) {
      next_poll = instructions() + kPollInterval;
      poll_host(0);
      if (config_.detect_stuck && is_stuck()) end_run({Ending::Kind::kStuck, 0, ""});
    }
    if (all_wait) {
      // Nothing runs until a deadline: go there at once. Without one only the host can wake the guest.
      uint64_t deadline = clock_.next_action_ns();
      for (auto& hart : harts_) deadline = std::min(deadline, (hart->s.csr.mie & (irq::kMTI | irq::kSTI)) ? timer_deadline_ns(*hart) : kNever);
      if (deadline != kNever) {
        now = paces_idle ? wait_for_host(now, deadline) : std::max(now, deadline);
        if (stop_requested_ || config_.timeout_ns) poll_host(0);
      } else if (config_.detect_stuck && is_stuck()) {
        end_run({Ending::Kind::kStuck, 0, ""});
      } else {
        poll_host(kLongestSleep);
      }
    }
  }
}

// Let so much of the host's time pass as lies between two points of machine time, or less if something comes from outside.
// Returns the machine time then.
uint64_t Machine::wait_for_host(uint64_t now, uint64_t deadline) noexcept {
  const uint64_t began = host_now_ns(), from = now;
  while (now < deadline && !is_over()) {
    poll_host(std::min(deadline - now, kLongestSleep));
    now = std::min(deadline, from + (host_now_ns() - began));
    if (std::any_of(harts_.begin(), harts_.end(), [](const auto& hart) { return hart->has_wakeup(); })) break;
  }
  return now;
}

// Let host descriptors deliver what they have; wait up to `timeout_ns` for something.
bool Machine::poll_host(uint64_t timeout_ns) {
  constexpr uint64_t kNsPerMs = 1'000'000;
  int timeout_ms = static_cast<int>((timeout_ns + kNsPerMs - 1) / kNsPerMs);
  const int asked_ms = timeout_ms;
  std::vector<pollfd> fds;
  std::vector<size_t> counts;
  {
    const DeviceSection section(*memory_);
    if (timeout_ns != 0 && on_idle) on_idle();
    for (PollSource* source : poll_sources_) {
      const size_t before = fds.size();
      source->prepare_poll(fds, timeout_ms);
      counts.push_back(fds.size() - before);
    }
  }
  if (wake_fd_ >= 0) fds.push_back({wake_fd_, POLLIN, 0});
  if (fds.empty() && timeout_ns == 0) return false;
  // A source may be due earlier; otherwise sleep to the nanosecond, as a guest's timer asks.
  if (timeout_ms < asked_ms) timeout_ns = static_cast<uint64_t>(timeout_ms) * kNsPerMs;
  const timespec sleep{static_cast<time_t>(timeout_ns / 1'000'000'000), static_cast<long>(timeout_ns % 1'000'000'000)};
  const int ready = ::ppoll(fds.data(), fds.size(), &sleep, nullptr);
  uint64_t ignored = 0;
  if (wake_fd_ >= 0 && fds.back().revents != 0) static_cast<void>(!::read(wake_fd_, &ignored, sizeof ignored));
  const pollfd* at = fds.data();
  const DeviceSection section(*memory_);
  for (size_t i = 0; i < poll_sources_.size(); ++i) {
    poll_sources_[i]->finish_poll(at, counts[i]);
    at += counts[i];
  }
  return ready > 0;
}

// Whether the hart does nothing by itself: it waits, or jumps to itself for ever.
bool Machine::is_parked(Hart& hart) noexcept {
  if (hart.s.waiting && !hart.has_wakeup()) return true;
  if (hart.s.trap_loops) return hart.deliverable_interrupt() < 0;
  const uint32_t bits = hart.instruction_at(hart.s.pc);
  const bool jumps_to_itself = bits == 0x0000006f || (bits & 0xffff) == 0xa001;
  return jumps_to_itself && hart.deliverable_interrupt() < 0;
}

// Whether something outside could still make a parked hart go on.
bool Machine::can_be_woken(Hart& hart) noexcept {
  const CsrState& c = hart.s.csr;
  uint64_t enabled = c.mie;
  if (!hart.s.waiting) {
    // It spins: an interrupt must be taken, so the global enables count too.
    const bool m_enabled = hart.s.priv != Priv::kM || (c.mstatus & mstatus::kMIE);
    const bool s_enabled = hart.s.priv == Priv::kU || (hart.s.priv == Priv::kS && (c.mstatus & mstatus::kSIE));
    enabled = (m_enabled ? enabled & ~c.mideleg : 0) | (s_enabled ? enabled & c.mideleg : 0);
  }
  if ((enabled & (irq::kMEI | irq::kSEI)) != 0 && (!poll_sources_.empty() || clock_.next_action_ns() != kNever)) return true;
  if ((enabled & irq::kLCOFI) != 0 && !hart.s.waiting && hart.monitor().awaits_overflow()) return true;
  if (!(enabled & (irq::kMTI | irq::kSTI))) return false;
  return timer_deadline_ns(hart) != kNever;
}

bool Machine::is_stuck() noexcept {
  // Software interrupts come from harts, and all of them are parked when this asks.
  for (auto& hart : harts_)
    if (!is_parked(*hart) || can_be_woken(*hart)) return false;
  return true;
}

}  // namespace rvx
