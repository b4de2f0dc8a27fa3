// Who ran on which hart and when: from events to spans and sums.
#include "cli/timeline.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>


namespace rvx::cli {
namespace {

using State = Timeline::State;

class Maker {
 public:
  Maker(Timeline& timeline, unsigned harts) : t_(timeline), harts_(harts) { t_.harts.resize(harts); }

  void take(const EventRecord& r) {
    now_ = r.time_ns;
    HartNow& hart = harts_[r.hart];
    const bool is_inside = now_ >= t_.from && now_ <= t_.to;
    if (is_inside) ++t_.events;
    switch (r.event()) {
      case Event::kSwitch: return run(r, thread(r.process(), r.thread()), is_inside);
      case Event::kIdle: return run(r, Timeline::kIdle, is_inside);
      case Event::kWake: return wake(r);
      case Event::kThreadBegin: return begin(thread(r.process(), r.thread()));
      case Event::kThreadEnd: threads_[thread_index(r)].is_ended = true; return;
      case Event::kProcessName: t_.process_names[r.process()] = name_in(r.argument); return;
      case Event::kTrap:
        leave_user(hart);
        if (!is_inside) return;
        ++t_.traps[r.detail()];
        ++t_.harts[r.hart].traps;
        return;
      case Event::kTrapReturn:
        hart.is_user = true;
        hart.user_since = now_;
        return;
      case Event::kUserSwitch: return switch_user(hart, static_cast<int>(r.thread()), is_inside);
      case Event::kUserBlock: return switch_user(hart, -1, is_inside);
      case Event::kMark:
        if (is_inside) t_.marks.push_back({now_, r.hart, r.detail(), r.argument});
        return;
      case Event::kMeasureBegin: open_[r.argument] = now_; return;
      case Event::kMeasureEnd: return measured(r);
      default: return;
    }
  }

  void finish() {
    now_ = t_.to;
    for (unsigned i = 0; i < harts_.size(); ++i) end_span(i, 0);
    for (size_t i = 0; i < threads_.size(); ++i) leave(static_cast<int>(i));
  }

 private:
  struct HartNow {
    int who = kNobody;
    uint64_t since = 0;
    bool is_user = false;
    uint64_t user_since = 0;
  };
  struct ThreadNow {
    bool is_known = false;  // in a state
    State state = State::kReady;
    uint64_t since = 0;
    unsigned hart = 0;          // of kRunning
    bool is_woken_early = false;  // by a hart that is behind the one it runs on
    bool is_ended = false;
    bool was_woken = false;
    uint64_t woken_at = 0;
    unsigned woken_by = 0;
    int user = -1;            // the user-level thread that it runs, by index
    uint64_t user_since = 0;
  };

  static std::string name_in(uint64_t packed) {
    std::string name;
    for (; packed != 0; packed >>= 8) {
      const auto c = static_cast<char>(packed & 0xff);
      name += c > ' ' && c < 0x7f ? c : '.';
    }
    return name;
  }
  // The part of [from, now] that is shown.
  uint64_t shown(uint64_t from) const {
    const uint64_t a = std::max(from, t_.from), b = std::min(now_, t_.to);
    return b > a ? b - a : 0;
  }

  int thread(unsigned process, unsigned id) {
    const auto [at, is_new] = index_.try_emplace(process << 16 | id, static_cast<int>(t_.threads.size()));
    if (is_new) {
      Timeline::Thread& thread = t_.threads.emplace_back();
      thread.process = process;
      thread.thread = id;
      threads_.emplace_back();
    }
    return at->second;
  }
  size_t thread_index(const EventRecord& r) { return static_cast<size_t>(thread(r.process(), r.thread())); }
  static size_t at(int index) { return static_cast<size_t>(index); }

  // --- states of threads ---

  void leave(int index) {
    ThreadNow& thread = threads_[at(index)];
    if (!thread.is_known) return;
    thread.is_known = false;
    Timeline::Thread& of = t_.threads[at(index)];
    const uint64_t length = shown(thread.since);
    if (thread.state == State::kRunning) of.run_ns += length;
    if (thread.state == State::kReady) of.ready_ns += length;
    if (thread.state == State::kBlocked) of.blocked_ns += length;
    if (length != 0) of.stays.push_back({std::max(thread.since, t_.from), std::min(now_, t_.to), thread.state, thread.hart});
  }
  void enter(int index, State state) {
    leave(index);
    ThreadNow& thread = threads_[at(index)];
    thread.is_known = true;
    thread.state = state;
    thread.since = now_;
  }

  void begin(int index) {
    ThreadNow& thread = threads_[at(index)];
    thread.is_ended = false;
    // A hart that is behind the one that made it may run it already.
    if (!thread.is_known) enter(index, State::kReady);
  }

  void wake(const EventRecord& r) {
    const int index = thread(r.process(), r.thread());
    ThreadNow& thread = threads_[at(index)];
    thread.was_woken = true;
    thread.woken_at = now_;
    thread.woken_by = r.hart;
    if (thread.is_known && thread.state == State::kRunning) thread.is_woken_early = true;
    else enter(index, State::kReady);
  }

  // --- harts ---

  void leave_user(HartNow& hart) {
    if (hart.is_user && hart.who >= 0) t_.threads[at(hart.who)].user_ns += shown(hart.user_since);
    hart.is_user = false;
  }

  void end_span(unsigned number, unsigned detail) {
    HartNow& hart = harts_[number];
    leave_user(hart);
    if (hart.who == kNobody) return;
    Timeline::Hart& lane = t_.harts[number];
    const uint64_t length = shown(hart.since);
    (hart.who == Timeline::kIdle ? lane.idle_ns : lane.run_ns) += length;
    if (length != 0) lane.spans.push_back({std::max(hart.since, t_.from), std::min(now_, t_.to), hart.who, detail});
    if (hart.who >= 0) account_user(threads_[at(hart.who)]);
  }

  // Whoever ran on the hart stops, for the reason that the event has, and `next` goes on.
  void run(const EventRecord& r, int next, bool is_inside) {
    HartNow& hart = harts_[r.hart];
    // The first switch of a hart tells what it did before.
    if (hart.who == kNobody && r.argument == 0) {
      hart.who = Timeline::kIdle;
      hart.since = t_.from;
    }
    const int before = hart.who;
    end_span(r.hart, r.detail());
    if (before >= 0) {
      if (is_inside && r.detail() < 6) ++t_.threads[at(before)].stopped[r.detail()];
      ThreadNow& thread = threads_[at(before)];
      // It may go on already, on a hart that is behind this one.
      if (thread.is_known && thread.state == State::kRunning && thread.hart == r.hart) stop(before, static_cast<Reason>(r.detail()));
    }
    hart.who = next;
    hart.since = now_;
    if (next < 0) return;
    ThreadNow& thread = threads_[at(next)];
    if (is_inside) {
      ++t_.harts[r.hart].switches;
      ++t_.threads[at(next)].switched_in;
      if (thread.was_woken && thread.woken_at >= t_.from) t_.wakes.push_back({thread.woken_at, now_, thread.woken_by, r.hart, next});
    }
    thread.was_woken = false;
    enter(next, State::kRunning);
    thread.hart = r.hart;
    thread.is_woken_early = false;
    thread.user_since = now_;
  }

  void stop(int index, Reason reason) {
    ThreadNow& thread = threads_[at(index)];
    if (thread.is_ended || reason == Reason::kEnded) return leave(index);
    const bool waits = reason == Reason::kBlocked && !thread.is_woken_early;
    enter(index, waits ? State::kBlocked : State::kReady);
  }

  // --- threads of the user's library ---

  void account_user(ThreadNow& thread) {
    if (thread.user >= 0) t_.user_threads[at(thread.user)].run_ns += shown(thread.user_since);
    thread.user_since = now_;
  }
  void switch_user(HartNow& hart, int next, bool is_inside) {
    if (hart.who < 0) return;
    ThreadNow& thread = threads_[at(hart.who)];
    account_user(thread);
    thread.user = -1;
    if (next < 0) return;
    const unsigned process = t_.threads[at(hart.who)].process;
    const auto id = static_cast<unsigned>(next);
    const auto [found, is_new] = user_index_.try_emplace(process << 16 | id, static_cast<int>(t_.user_threads.size()));
    if (is_new) t_.user_threads.push_back({process, id, 0, 0});
    thread.user = found->second;
    if (is_inside) ++t_.user_threads[at(thread.user)].switched_in;
  }

  void measured(const EventRecord& r) {
    const auto open = open_.find(r.argument);
    if (open == open_.end()) return;
    const uint64_t from = std::max(open->second, t_.from), to = std::min(now_, t_.to);
    if (to >= from) t_.measured.push_back({from, to, r.hart, name_in(r.argument)});
    open_.erase(open);
  }

  Timeline& t_;
  uint64_t now_ = 0;
  std::vector<HartNow> harts_;
  std::vector<ThreadNow> threads_;
  std::map<unsigned, int> index_, user_index_;
  std::map<uint64_t, uint64_t> open_;  // measurements, by name: since when
};

}  // namespace

std::string Timeline::name_of(const Thread& thread) const {
  const auto name = process_names.find(thread.process);
  const std::string number = fmt::format("{}.{}", thread.process, thread.thread);
  return name == process_names.end() || name->second.empty() ? number : name->second + " " + number;
}

std::string Timeline::name_of(const Span& span) const { return span.who < 0 ? "idle" : name_of(threads[static_cast<size_t>(span.who)]); }

Timeline make_timeline(unsigned harts, const std::vector<EventRecord>& records, uint64_t from, uint64_t to) {
  Timeline timeline;
  timeline.from = from;
  timeline.to = to;
  Maker maker(timeline, harts);
  for (const EventRecord& record : records) {
    if (record.time_ns > to) break;
    maker.take(record);
  }
  maker.finish();
  return timeline;
}

std::vector<int> columns_of(const Timeline& timeline, const Timeline::Hart& hart, size_t columns) {
  std::vector<int> winners(columns, kNobody);
  const double width = static_cast<double>(timeline.to - timeline.from) / static_cast<double>(columns);
  std::map<int, double> times;
  auto span = hart.spans.begin();
  for (size_t i = 0; i < columns; ++i) {
    const double from = static_cast<double>(timeline.from) + width * static_cast<double>(i), to = from + width;
    times.clear();
    for (auto at = span; at != hart.spans.end() && static_cast<double>(at->from) < to; ++at) {
      const double share = std::min(to, static_cast<double>(at->to)) - std::max(from, static_cast<double>(at->from));
      if (share > 0) times[at->who] += share;
      if (static_cast<double>(at->to) <= to) span = at + 1;
    }
    const auto most = std::max_element(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != times.end()) winners[i] = most->first;
  }
  return winners;
}

double tick_distance(double length, double most) noexcept {
  const double least = length / std::max(1.0, most);
  double power = 1;
  while (power * 10 <= least) power *= 10;
  while (power > least) power /= 10;
  for (const double step : {1.0, 2.0, 5.0})
    if (power * step >= least) return power * step;
  return power * 10;
}

}  // namespace rvx::cli
