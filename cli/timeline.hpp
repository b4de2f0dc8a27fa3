// Who ran on which hart and when, and why it stopped: made from a guest's events.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machine/event_log.hpp"

namespace rvx::cli {

// All times are machine time in nanoseconds.
struct Timeline {
  static constexpr int kIdle = -1;

  // Something ran on a hart without interruption.
  struct Span {
    uint64_t from = 0, to = 0;
    int who = kIdle;     // by index in `threads`
    unsigned detail = 0; // the Reason why it stopped; kNone where the log ends
  };
  struct Hart {
    std::vector<Span> spans;  // from its first switch on
    uint64_t run_ns = 0, idle_ns = 0;
    uint64_t switches = 0, traps = 0;
  };

  enum class State : uint8_t { kRunning, kReady, kBlocked };
  struct Stay {
    uint64_t from = 0, to = 0;
    State state = State::kReady;
    unsigned hart = 0;  // of kRunning
  };
  struct Thread {
    unsigned process = 0, thread = 0;
    std::vector<Stay> stays;
    uint64_t run_ns = 0, user_ns = 0, ready_ns = 0, blocked_ns = 0;
    uint64_t switched_in = 0;
    std::array<uint64_t, 6> stopped{};  // by Reason
  };
  struct UserThread {
    unsigned process = 0, thread = 0;
    uint64_t run_ns = 0, switched_in = 0;
  };
  // From whoever woke a thread to where it went on.
  struct Wake {
    uint64_t from = 0, to = 0;
    unsigned from_hart = 0, to_hart = 0;
    int who = 0;
  };
  struct Mark {
    uint64_t at = 0;
    unsigned hart = 0, number = 0;
    uint64_t argument = 0;
  };
  // Between the two events of a measurement, on the hart of the second.
  struct Measured {
    uint64_t from = 0, to = 0;
    unsigned hart = 0;
    std::string name;
  };

  uint64_t from = 0, to = 0;
  std::vector<Hart> harts;
  std::vector<Thread> threads;  // in the order of their first events
  std::vector<UserThread> user_threads;
  std::map<unsigned, std::string> process_names;
  std::map<unsigned, uint64_t> traps;  // by what kTrap has as its detail
  std::vector<Wake> wakes;
  std::vector<Mark> marks;
  std::vector<Measured> measured;
  size_t events = 0;

  // "init 1.1"
  [[nodiscard]] std::string name_of(const Thread& thread) const;
  [[nodiscard]] std::string name_of(const Span& span) const;
};

// What happened from `from` to `to`; what came before decides what is going on there. `records` are in order of
// time. Harts that take turns are apart by up to one of them: a thread may seem to go on before it stopped elsewhere.
[[nodiscard]] Timeline make_timeline(unsigned harts, const std::vector<EventRecord>& records, uint64_t from, uint64_t to);

// For each of `columns` equal parts of the time: who had most of it, by index in Timeline::threads; kIdle;
// or kNobody, before the first switch.
inline constexpr int kNobody = -2;
[[nodiscard]] std::vector<int> columns_of(const Timeline& timeline, const Timeline::Hart& hart, size_t columns);

// A distance between labels of an axis over `length`, of which about `most` fit.
[[nodiscard]] double tick_distance(double length, double most) noexcept;

}  // namespace rvx::cli
