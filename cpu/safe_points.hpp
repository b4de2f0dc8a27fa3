// Where the threads of harts meet: mail between harts, requests with an answer, and moments when all stand still.
#pragma once

#include <atomic>
#include <compare>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace rvx {

// What is asked of a hart. `page`: physical address of the first byte of a page of RAM.
struct HartMail {
  enum class Kind : uint8_t {
    kCodeChanged,       // forget what was translated from the page
    kDropWriteEntries,  // code is about to be translated from the page: no store past the slow path
  } kind;
  uint64_t page;

  friend auto operator<=>(const HartMail&, const HartMail&) = default;
};

// A hart's own thread alone touches its TLBs and its code. Others send mail, and the hart reads it at
// its safe points: between two slices of an engine, at fence.i, and before it sleeps. A hart that is
// not running (asleep, held, or not entered, as all are where harts take turns on one thread) reads
// nothing; whoever sends it mail does what the mail asks itself, under the hart's lock.
//
// Locks: post() and wake() may be called inside a DeviceSection; sleep(), ask() and run_exclusive()
// may not, as they wait for other harts. A member's mutex is held while the handler runs for a hart that is
// not running; the handler takes no lock but PhysicalMemory's own.
class SafePoints {
 public:
  static constexpr uint64_t kForever = ~uint64_t{0};
  using Handler = std::function<void(unsigned hart, const HartMail& mail)>;

  // `handler` does what mail asks of a hart.
  SafePoints(unsigned harts, Handler handler);
  SafePoints(const SafePoints&) = delete;
  SafePoints& operator=(const SafePoints&) = delete;

  // Who is not a hart, in ask() and run_exclusive().
  [[nodiscard]] unsigned outsider() const noexcept { return harts_; }

  // --- On the thread of `hart` ---

  // From enter() to leave() the hart runs, as long as it does not sleep.
  void enter(unsigned hart) noexcept;
  void leave(unsigned hart) noexcept;
  // A safe point.
  void pass(unsigned hart) noexcept {
    if (members_[hart].wants_pass.load(std::memory_order_acquire)) answer(hart);
  }
  // Wait for wake(), at most for `nanoseconds`. A wake() since the last sleep counts.
  void sleep(unsigned hart, uint64_t nanoseconds) noexcept;

  // --- On any thread ---

  // End the hart's sleep, or its next one.
  void wake(unsigned hart) noexcept;
  // The hart acts on `mail` at its next safe point, or has when this returns.
  void post(unsigned hart, const HartMail& mail) noexcept;
  // All `harts` (a bit each, not the caller) have acted on `mail` when this returns. `from`: the
  // caller's hart, which answers requests meanwhile but reads no other mail, or outsider().
  void ask(unsigned from, uint32_t harts, const HartMail& mail) noexcept;
  // Run `action` while no hart runs and no mail is acted on. `from`: the caller's hart, at a safe
  // point, or outsider(). `action` must not ask, sleep or run_exclusive.
  void run_exclusive(unsigned from, const std::function<void()>& action) noexcept;

 private:
  struct Request {
    HartMail mail;
    unsigned from;
  };
  struct Member {
    std::mutex mutex;
    std::condition_variable changed;  // for its own thread: one of the fields below
    std::condition_variable stopped;  // for who holds it: is_running became false
    std::set<HartMail> mail;  // a guest that stores in a loop sends the same again and again
    std::vector<Request> requests;
    bool is_running = false;
    bool is_held = false;
    bool is_awakened = false;
    std::atomic<bool> wants_pass{false};  // there is mail, a request, or a hold
    std::atomic<unsigned> unanswered{0};  // of its own requests
  };
  using Lock = std::unique_lock<std::mutex>;

  void answer(unsigned hart) noexcept;
  void read_mail(unsigned hart, Lock& lock) noexcept;
  void answer_requests(unsigned hart, Lock& lock) noexcept;
  void acknowledge(unsigned from) noexcept;
  void stop(Member& member) noexcept;
  void resume(Member& member, Lock& lock) noexcept;

  const unsigned harts_;
  const Handler handler_;
  std::unique_ptr<Member[]> members_;  // the last one is the outsider
  std::mutex exclusive_mutex_;         // held by who holds harts, and by an outsider that asks
};

}  // namespace rvx
