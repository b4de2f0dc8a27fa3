// The log of the guest's events: a text file of one line for each, in the order of machine time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "firmware/lib/events.h"

namespace rvx {

struct EventRecord {
  uint64_t time_ns = 0;  // machine time
  uint32_t hart = 0;
  uint64_t instret = 0;  // of the hart, before the event
  uint64_t word = 0, argument = 0;  // as firmware/lib/events.h says
  std::string view = {};  // changes of the hart's HartView since its event before, where they are wanted

  [[nodiscard]] Event event() const noexcept { return static_cast<Event>(word & 0xff); }
  [[nodiscard]] unsigned detail() const noexcept { return static_cast<unsigned>(word >> 8 & 0xff); }
  [[nodiscard]] unsigned process() const noexcept { return static_cast<unsigned>(word >> 16 & 0xffff); }
  [[nodiscard]] unsigned thread() const noexcept { return static_cast<unsigned>(word >> 32 & 0xffff); }
};

// "switch", "user-switch", ...; empty: there is no such event.
[[nodiscard]] std::string_view event_name(Event event) noexcept;
// "preempted", ...; empty: none.
[[nodiscard]] std::string_view reason_name(unsigned detail) noexcept;
// "supervisor timer interrupt" for what kTrap has as its detail.
[[nodiscard]] const char* trap_text(unsigned detail) noexcept;
// The record in words: "switch 2.1 after 1.1 blocked".
[[nodiscard]] std::string event_text(const EventRecord& record);

// The file: a first line kEventLogMagic and the number of harts, then lines of time, hart, instret, word and
// argument, the last two in hexadecimal, and the event in words. A line that begins with kEventLogView has what
// changed in the hart's HartView up to the event above. A line kEventLogReset stands where the guest was started
// anew, from where time begins at zero again.
inline constexpr std::string_view kEventLogMagic = "rvx events 1 harts ";
inline constexpr std::string_view kEventLogReset = "reset";
inline constexpr std::string_view kEventLogView = "view ";

class EventLog {
 public:
  // `file` is not owned. Events come at most `disorder_ns` out of order, from harts that take turns.
  EventLog(std::FILE* file, unsigned harts, uint64_t disorder_ns);

  void add(EventRecord record);
  // The guest was started anew.
  void reset();
  // Write what has come so far.
  void finish();

 private:
  void write(size_t count);

  std::FILE* file_;
  uint64_t disorder_ns_;
  uint64_t newest_ns_ = 0;
  std::vector<EventRecord> waiting_;
};

}  // namespace rvx
