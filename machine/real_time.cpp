// Real time: each hart runs on a host thread of its own; this thread serves the host and devices' deadlines.
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <thread>

#include "machine/machine.hpp"

namespace rvx {
namespace {

constexpr uint64_t kNever = MachineClock::kNever;

// Instructions between two safe points: short enough for timers and for harts that wait for an answer.
constexpr uint64_t kSlice = 20'000;
// A slice with so many PAUSE instructions was spent waiting for another hart, which may need the processor.
constexpr uint64_t kManyPauses = 200;
// The longest sleep of the host's thread, so that limits and requests to stop are seen.
constexpr uint64_t kLongestSleep = 100'000'000;
// How long a hart sleeps that has nothing to do by itself, without having said so by WFI.
constexpr uint64_t kNap = 1'000'000;

// Threads that are made while this lives take no signals but those that they cause themselves: what
// handlers do (the terminal, requests to stop) belongs to the host's thread.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (const int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGPIPE, SIGTTOU, SIGTTIN}) sigdelset(&all, own);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void Machine::run_real_time() {
  unclaimed_.store(config_.max_instructions.value_or(0));
  if (config_.max_instructions == 0u) return end_run({Ending::Kind::kInstructionLimit, 0, ""});
  std::vector<std::thread> threads;
  {
    const SignalsBlocked blocked;
    for (auto& hart : harts_) {
      try {
        threads.emplace_back([this, &hart] { run_hart(*hart); });
      } catch (const std::system_error&) {
        end_run({Ending::Kind::kNoThread, 0, ""});
      }
    }
  }
  run_host();
  for (std::thread& thread : threads) thread.join();
}

// What is not a hart's: host descriptors, actions of the clock, limits of host time, stuck guests.
void Machine::run_host() {
  while (!is_over()) {
    uint64_t due;
    {
      const DeviceSection section(*memory_);
      clock_.run_due();
      due = clock_.next_action_ns();
    }
    const uint64_t now = clock_.now_ns();
    poll_host(due == kNever ? kLongestSleep : std::min(due > now ? due - now : 0, kLongestSleep));
    if (!config_.detect_stuck || idle_harts_.load() != harts_.size()) continue;
    safe_points_->run_exclusive(safe_points_->outsider(), [this] {
      if (is_stuck()) end_run({Ending::Kind::kStuck, 0, ""});
    });
  }
}

void Machine::run_hart(Hart& hart) {
  safe_points_->enter(hart.id());
  uint64_t last_pc = ~uint64_t{0};
  while (!is_over()) {
    safe_points_->pass(hart.id());
    hart.s.attention &= attention::kInterrupt;
    if (hart.port().watch_hit) {
      hart.port().watch_hit = false;
      const DeviceSection section(*memory_, hart.id());
      if (htif_ != nullptr) htif_->poll();
    }
    hart.monitor().note_overflows();
    update_timers(hart);
    hart.interrupts_changed();  // other threads raise lines and leave it at that
    if (hart.s.waiting && !hart.has_wakeup()) {
      rest(hart, kNever);
      continue;
    }
    hart.s.waiting = false;
    run_slice(hart);
    if (!hart.s.waiting && (hart.s.trap_loops || hart.s.pc == last_pc) && is_parked(hart)) rest(hart, kNap);
    last_pc = hart.s.pc;
  }
  safe_points_->leave(hart.id());
}

void Machine::run_slice(Hart& hart) {
  const uint64_t claimed = claim_instructions(std::min(kSlice, hart.monitor().instruction_room()));
  if (claimed == 0) return std::this_thread::yield();  // others are about to reach the limit
  const uint64_t before = hart.s.instret, pauses = hart.s.pauses;
  hart.s.stops_early = claimed == kSlice;
  interpreters_[hart.id()]->run(hart, before + claimed);
  const uint64_t retired = hart.s.instret - before;
  return_claim(claimed, retired);
  if (hart.s.attention & attention::kYield) {
    if (retired != 0) return std::this_thread::yield();
    rest(hart, kNap);  // a semihosting call that waits for input
  } else if (hart.s.pauses - pauses >= kManyPauses) {
    std::this_thread::yield();
  }
}

// Sleep until something may have changed for the hart: a line, its timer, mail, the end of the run.
void Machine::rest(Hart& hart, uint64_t longest_ns) {
  const bool has_timer = (hart.s.csr.mie & (irq::kMTI | irq::kSTI)) != 0;
  const uint64_t deadline = has_timer ? timer_deadline_ns(hart) : kNever;
  bool is_idle = deadline == kNever;
  if (is_idle) {
    const DeviceSection section(*memory_, hart.id());
    is_idle = !can_be_woken(hart);
  }
  if (is_idle && idle_harts_.fetch_add(1) + 1 == harts_.size()) wake_host();
  const uint64_t now = clock_.now_ns();
  const uint64_t wait = deadline == kNever ? SafePoints::kForever : deadline > now ? deadline - now : 0;
  safe_points_->sleep(hart.id(), std::min(wait, longest_ns == kNever ? SafePoints::kForever : longest_ns));
  if (is_idle) idle_harts_.fetch_sub(1);
}

// --- The limit on instructions of all harts -----------------------------------------------------

// How many of `wanted` the hart may run now, so that all together never run too many.
uint64_t Machine::claim_instructions(uint64_t wanted) noexcept {
  if (!config_.max_instructions) return wanted;
  uint64_t left = unclaimed_.load();
  while (!unclaimed_.compare_exchange_weak(left, left - std::min(left, wanted))) {
  }
  return std::min(left, wanted);
}

void Machine::return_claim(uint64_t claimed, uint64_t retired) noexcept {
  if (!config_.max_instructions) return;
  unclaimed_.fetch_add(claimed - retired);
  if (retired_.fetch_add(retired) + retired == *config_.max_instructions) end_run({Ending::Kind::kInstructionLimit, 0, ""});
}

}  // namespace rvx
