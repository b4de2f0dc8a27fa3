// The log of the guest's events, and events in words.
#include "machine/event_log.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "cpu/hart.hpp"
#include "machine/measurements.hpp"

namespace rvx {
namespace {

// So many wait to be put in order before some are written.
constexpr size_t kEnough = 50'000;

struct EventRow {
  Event event;
  std::string_view name;
};

constexpr EventRow kEvents[] = {
    {Event::kSwitch, "switch"},           {Event::kIdle, "idle"},
    {Event::kBlock, "block"},             {Event::kWake, "wake"},
    {Event::kTrap, "trap"},               {Event::kTrapReturn, "trap-return"},
    {Event::kThreadBegin, "thread-begin"}, {Event::kThreadEnd, "thread-end"},
    {Event::kProcessName, "process-name"}, {Event::kProcessEnd, "process-end"},
    {Event::kUpcall, "upcall"},           {Event::kInterrupt, "interrupt"},
    {Event::kUserSwitch, "user-switch"},  {Event::kUserBlock, "user-block"},
    {Event::kUserWake, "user-wake"},      {Event::kMark, "mark"},
    {Event::kMeasureBegin, "measure-begin"}, {Event::kMeasureEnd, "measure-end"},
};

constexpr std::array<std::string_view, 6> kReasons = {"", "preempted", "yielded", "blocked", "ended", "throttled"};

std::string thread_name(unsigned process, unsigned thread) { return fmt::format("{}.{}", process, thread); }

bool is_before(const EventRecord& a, const EventRecord& b) {
  return std::tie(a.time_ns, a.hart, a.instret) < std::tie(b.time_ns, b.hart, b.instret);
}

// A name in an argument, as the guest gave it; what is not printable is a dot.
std::string text_of(uint64_t packed) {
  std::string text;
  for (; packed != 0; packed >>= 8) {
    const auto c = static_cast<char>(packed & 0xff);
    text += c > ' ' && c < 0x7f ? c : '.';
  }
  return text;
}

}  // namespace

std::string_view event_name(Event event) noexcept {
  for (const EventRow& row : kEvents)
    if (row.event == event) return row.name;
  return {};
}

std::string_view reason_name(unsigned detail) noexcept { return detail < kReasons.size() ? kReasons[detail] : std::string_view(); }

const char* trap_text(unsigned detail) noexcept {
  constexpr unsigned kInterrupt = 0x80;
  return cause_text(detail & kInterrupt ? cause::kInterruptFlag | (detail & ~kInterrupt) : detail);
}

std::string event_text(const EventRecord& r) {
  const std::string_view name = event_name(r.event());
  const std::string who = thread_name(r.process(), r.thread());
  const auto before = [&] {
    if (r.argument == 0) return std::string("after idling");
    const std::string of = thread_name(static_cast<unsigned>(r.argument >> 16 & 0xffff), static_cast<unsigned>(r.argument & 0xffff));
    return fmt::format("after {} {}", of, reason_name(r.detail()));
  };
  switch (r.event()) {
    case Event::kSwitch: return fmt::format("{} {} {}", name, who, before());
    case Event::kIdle: return fmt::format("{} {}", name, before());
    case Event::kTrap: return fmt::format("{} {} {}, {:#x}", name, who, trap_text(r.detail()), r.argument);
    case Event::kProcessName: return fmt::format("{} {} {}", name, r.process(), text_of(r.argument));
    case Event::kProcessEnd: return fmt::format("{} {} status {}", name, r.process(), static_cast<int64_t>(r.argument));
    case Event::kInterrupt: return fmt::format("{} of source {}", name, r.argument);
    case Event::kMark: return fmt::format("{} {} {:#x}", name, r.detail(), r.argument);
    case Event::kMeasureBegin:
    case Event::kMeasureEnd: return fmt::format("{} {}", name, text_of(r.argument));
    case Event::kUserSwitch:
    case Event::kUserBlock:
    case Event::kUserWake: return fmt::format("{} {}, {:#x}", name, r.thread(), r.argument);
    case Event::kThreadBegin:
    case Event::kThreadEnd: return fmt::format("{} {}", name, who);
    default: return name.empty() ? fmt::format("unknown {}", r.word & 0xff) : fmt::format("{} {}, {:#x}", name, who, r.argument);
  }
}

EventLog::EventLog(std::FILE* file, unsigned harts, uint64_t disorder_ns) : file_(file), disorder_ns_(disorder_ns) {
  fmt::print(file_, "{}{}\n", kEventLogMagic, harts);
}

void EventLog::add(EventRecord record) {
  newest_ns_ = std::max(newest_ns_, record.time_ns);
  waiting_.push_back(std::move(record));
  if (waiting_.size() < kEnough) return;
  std::sort(waiting_.begin(), waiting_.end(), is_before);
  const auto still_open = [&](const EventRecord& r) { return r.time_ns + disorder_ns_ > newest_ns_; };
  write(static_cast<size_t>(std::find_if(waiting_.begin(), waiting_.end(), still_open) - waiting_.begin()));
}

void EventLog::write(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    const EventRecord& r = waiting_[i];
    fmt::format_to(std::back_inserter(text), "{} {} {} {:x} {:x} {}\n", r.time_ns, r.hart, r.instret, r.word, r.argument, event_text(r));
    if (!r.view.empty()) fmt::format_to(std::back_inserter(text), "{}{}\n", kEventLogView, r.view);
  }
  // An error shows when the file is closed.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), file_));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
}

void EventLog::finish() {
  std::sort(waiting_.begin(), waiting_.end(), is_before);
  write(waiting_.size());
}

void EventLog::reset() {
  finish();
  newest_ns_ = 0;
  fmt::print(file_, "{}\n", kEventLogReset);
}

}  // namespace rvx
