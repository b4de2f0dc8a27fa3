// Where the threads of harts meet: mail, requests and standstill.
#include "cpu/safe_points.hpp"

#include <immintrin.h>

#include <chrono>
#include <utility>

namespace rvx {
namespace {

// How long ask() looks for answers before it sleeps: about a slice's length is not worth a sleep.
constexpr int kLooks = 400;

}  // namespace

SafePoints::SafePoints(unsigned harts, Handler handler)
    : harts_(harts), handler_(std::move(handler)), members_(std::make_unique<Member[]>(harts + 1)) {}

// --- The hart's thread --------------------------------------------------------------------------

// The hart goes on running, as soon as nobody holds it.
void SafePoints::resume(Member& member, Lock& lock) noexcept {
  member.changed.wait(lock, [&] { return !member.is_held; });
  member.is_running = true;
}

// From now on others act for it. Under its lock.
void SafePoints::stop(Member& member) noexcept {
  member.is_running = false;
  member.stopped.notify_all();
}

void SafePoints::enter(unsigned hart) noexcept {
  Member& member = members_[hart];
  Lock lock(member.mutex);
  resume(member, lock);
}

void SafePoints::leave(unsigned hart) noexcept {
  Member& member = members_[hart];
  Lock lock(member.mutex);
  read_mail(hart, lock);
  stop(member);
}

void SafePoints::answer(unsigned hart) noexcept {
  Member& member = members_[hart];
  Lock lock(member.mutex);
  read_mail(hart, lock);
  while (member.is_held) {
    stop(member);
    resume(member, lock);
    read_mail(hart, lock);  // what came while it was held
  }
}

void SafePoints::sleep(unsigned hart, uint64_t nanoseconds) noexcept {
  using std::chrono::steady_clock;
  constexpr uint64_t kLongest = 3'600'000'000'000;  // what a time point can always take
  const auto end = steady_clock::now() + std::chrono::nanoseconds(nanoseconds < kLongest ? nanoseconds : kLongest);
  Member& member = members_[hart];
  Lock lock(member.mutex);
  read_mail(hart, lock);
  stop(member);
  const auto has_ended = [&] { return member.is_awakened; };
  if (nanoseconds == kForever) {
    member.changed.wait(lock, has_ended);
  } else {
    member.changed.wait_until(lock, end, has_ended);
  }
  member.is_awakened = false;
  resume(member, lock);
}

// Act on all mail and requests, until there are none. The lock is open while it does.
void SafePoints::read_mail(unsigned hart, Lock& lock) noexcept {
  Member& member = members_[hart];
  for (;;) {
    member.wants_pass.store(member.is_held, std::memory_order_relaxed);
    answer_requests(hart, lock);
    if (member.mail.empty()) return;
    const std::set<HartMail> mail = std::exchange(member.mail, {});
    lock.unlock();
    for (const HartMail& each : mail) handler_(hart, each);
    lock.lock();
  }
}

void SafePoints::answer_requests(unsigned hart, Lock& lock) noexcept {
  Member& member = members_[hart];
  while (!member.requests.empty()) {
    const std::vector<Request> requests = std::exchange(member.requests, {});
    lock.unlock();
    for (const Request& request : requests) {
      handler_(hart, request.mail);
      acknowledge(request.from);
    }
    lock.lock();
  }
}

// --- Any thread ---------------------------------------------------------------------------------

void SafePoints::wake(unsigned hart) noexcept {
  Member& member = members_[hart];
  const std::lock_guard lock(member.mutex);
  member.is_awakened = true;
  member.changed.notify_all();
}

void SafePoints::post(unsigned hart, const HartMail& mail) noexcept {
  Member& member = members_[hart];
  const std::lock_guard lock(member.mutex);
  if (!member.is_running && !member.is_held) return handler_(hart, mail);
  member.mail.insert(mail);
  member.wants_pass.store(true, std::memory_order_release);
}

void SafePoints::acknowledge(unsigned from) noexcept {
  Member& asker = members_[from];
  if (asker.unanswered.fetch_sub(1) != 1) return;
  const std::lock_guard lock(asker.mutex);
  asker.changed.notify_all();
}

void SafePoints::ask(unsigned from, uint32_t harts, const HartMail& mail) noexcept {
  Lock turn(exclusive_mutex_, std::defer_lock);
  if (from == outsider()) turn.lock();  // where harts are held nobody acts for them
  Member& self = members_[from];
  for (unsigned hart = 0; hart < harts_; ++hart) {
    if (!((harts >> hart) & 1)) continue;
    Member& member = members_[hart];
    const std::lock_guard lock(member.mutex);
    if (!member.is_running) {
      // Also where it is held: whoever holds it waits for us before anything else happens.
      handler_(hart, mail);
      continue;
    }
    self.unanswered.fetch_add(1);
    member.requests.push_back({mail, from});
    member.wants_pass.store(true, std::memory_order_release);
    member.changed.notify_all();  // it may be waiting for answers itself
  }
  for (int look = 0; look < kLooks && self.unanswered.load() != 0; ++look) {
    _mm_pause();
    if (!self.wants_pass.load(std::memory_order_relaxed)) continue;
    Lock lock(self.mutex);
    answer_requests(from, lock);
  }
  Lock lock(self.mutex);
  while (self.unanswered.load() != 0) {
    if (self.requests.empty()) self.changed.wait(lock);
    answer_requests(from, lock);
  }
}

void SafePoints::run_exclusive(unsigned from, const std::function<void()>& action) noexcept {
  const bool is_hart = from != outsider();
  Member& self = members_[from];
  bool was_running = false;
  if (is_hart) {
    const std::lock_guard lock(self.mutex);
    was_running = self.is_running;
    stop(self);  // others may hold it while it waits for its turn
  }
  {
    const std::lock_guard turn(exclusive_mutex_);
    for (unsigned hart = 0; hart < harts_; ++hart) {
      const std::lock_guard lock(members_[hart].mutex);
      members_[hart].is_held = true;
      members_[hart].wants_pass.store(true, std::memory_order_release);
    }
    for (unsigned hart = 0; hart < harts_; ++hart) {
      Lock lock(members_[hart].mutex);
      members_[hart].stopped.wait(lock, [&] { return !members_[hart].is_running; });
    }
    action();
    for (unsigned hart = 0; hart < harts_; ++hart) {
      const std::lock_guard lock(members_[hart].mutex);
      members_[hart].is_held = false;
      members_[hart].changed.notify_all();
    }
  }
  if (!was_running) return;
  Lock lock(self.mutex);
  resume(self, lock);
}

}  // namespace rvx
