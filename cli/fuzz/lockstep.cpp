// The lock step: slices, outside events and timers are the same for both machines.
#include "cli/fuzz/lockstep.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <sstream>

#include <fmt/format.h>

#include "cli/fuzz/isolated.hpp"
#include "cli/fuzz/layout.hpp"
#include "cli/fuzz/memory_map.hpp"
#include "cli/fuzz/world.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {
namespace {

constexpr unsigned kMostStopsInPlace = 64;  // then nothing will retire any more
constexpr uint64_t kLongestSweep = 400;     // instructions

// Shortens one slice: where `from` instructions have retired the next stop is at `to`, the last
// one.
struct Cut {
  uint64_t from;
  uint64_t to;
};

// When engines stop, and what changes from outside: the same for every machine that runs the case.
class Schedule {
 public:
  Schedule(const Case& c, const Layout& layout, const std::optional<Event>& extra)
      : case_(c), end_(layout.offset[c.program.labels[c.program.end]]), events_(c.events) {
    if (extra) {
      events_.push_back(*extra);
      std::sort(events_.begin(), events_.end());
    }
    slice_end_ = case_.slices.front();
  }

  // The next stop of a machine that has just been serviced.
  [[nodiscard]] uint64_t next(const World& world, uint64_t now) {
    while (slice_end_ <= now) slice_end_ += case_.slices[++slice_ % case_.slices.size()];
    uint64_t stop = std::min(slice_end_, case_.budget);
    if (event_ < events_.size()) stop = std::min(stop, std::max(events_[event_].instret, now));
    return std::min(stop, world.deadline());
  }

  // Applies what is due to each of `worlds`. A hart that waits gets the next event at once, or
  // wakes by itself.
  template <class Worlds>
  void service(Worlds& worlds) {
    for (World* w : worlds) w->service();
    const HartState& s = worlds.front()->hart().s;
    bool wakes = s.waiting && !worlds.front()->hart().has_wakeup();
    while (event_ < events_.size() && (events_[event_].instret <= s.instret || wakes)) {
      for (World* w : worlds) w->hart().set_lines(events_[event_].lines, events_[event_].level);
      wakes = false;
      ++event_;
    }
    for (World* w : worlds) w->hart().s.waiting = false;
  }

  // Whether the case has ended where this machine is now.
  [[nodiscard]] bool is_over(World& world) {
    const HartState& s = world.hart().s;
    if (s.instret >= case_.budget || s.trap_loops) return true;
    in_place_ = s.instret == last_ ? in_place_ + 1 : 0;
    last_ = s.instret;
    if (in_place_ > kMostStopsInPlace) return true;
    for (const uint64_t base : kCodeBases)
      if (s.pc == base + (end_ & kCodeMask)) return event_ == events_.size();
    return false;
  }

 private:
  const Case& case_;
  uint64_t end_;
  std::vector<Event> events_;
  size_t event_ = 0;
  size_t slice_ = 0;
  uint64_t slice_end_ = 0;
  uint64_t last_ = 0;
  unsigned in_place_ = 0;
};

const char* reason_of(uint32_t attention) {
  if (attention & attention::kExit) return "exit asked for";
  if (attention & attention::kReschedule) return "timer or device";
  if (attention & attention::kWait) return "wfi";
  if (attention & attention::kYield) return "wrs";
  return "end of slice";
}

RunResult run_once(const Case& c, const Layout& layout, const EnginePair& pair,
                   const std::optional<Event>& extra, const std::optional<Cut>& cut,
                   Coverage* coverage) {
  World a(c, layout, pair.first);
  World b(c, layout, pair.second);
  const std::array<World*, 2> worlds{&a, &b};
  Schedule schedule(c, layout, extra);
  schedule.service(worlds);
  RunResult result;
  while (true) {
    const uint64_t from = a.hart().s.instret;
    uint64_t until = schedule.next(a, from);
    const bool is_cut = cut && cut->from == from;
    if (is_cut) until = std::min(until, cut->to);
    for (World* w : worlds) w->run(until);
    std::vector<std::string> lines = differences(a, b);
    if (!lines.empty()) {
      result.failure = Failure{"", from, until, std::nullopt, std::move(lines)};
      break;
    }
    if (coverage != nullptr) ++coverage->stops[reason_of(a.hart().s.attention)];
    if (is_cut || schedule.is_over(a)) break;
    schedule.service(worlds);
  }
  result.instructions = a.hart().s.instret;
  if (coverage != nullptr) {
    const HartCounters& counters = a.hart().counters();
    for (size_t i = 0; i < counters.exceptions.size(); ++i) {
      coverage->exceptions[i] += counters.exceptions[i];
      coverage->interrupts[i] += counters.interrupts[i];
    }
    a.engine().count(coverage->engines[0]);
    b.engine().count(coverage->engines[1]);
  }
  return result;
}

// The interrupt of a sweep.
Event swept_event(const Case& c, uint64_t instret) {
  const uint64_t lines = c.events.empty() ? irq::kMEI : c.events.front().lines;
  return {instret, lines, true};
}

// Results as text, to come from another process.
std::string packed(const RunResult& result) {
  std::string text = fmt::format("{} {}\n", result.instructions, result.failure ? 1 : 0);
  if (!result.failure) return text;
  const Failure& f = *result.failure;
  text += fmt::format("{} {} {} {}\n", f.from, f.to, f.swept ? 1 : 0, f.swept.value_or(0));
  for (const std::string& line : f.differences) text += line + "\n";
  return text;
}

RunResult unpacked(const std::string& text) {
  std::istringstream in(text);
  RunResult result;
  bool has_failed = false;
  in >> result.instructions >> has_failed;
  if (!has_failed) return result;
  Failure f;
  bool is_swept = false;
  uint64_t swept = 0;
  in >> f.from >> f.to >> is_swept >> swept;
  if (is_swept) f.swept = swept;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) f.differences.push_back(line);
  result.failure = std::move(f);
  return result;
}

Failure narrowed_here(const Case& c, const EnginePair& pair, const Failure& failure) {
  const Layout layout = lay_out(c);
  std::optional<Event> extra;
  if (failure.swept) extra = swept_event(c, *failure.swept);
  Failure best = failure;
  uint64_t low = failure.from;  // equal when stopped here
  while (low + 1 < best.to) {
    const uint64_t middle = low + (best.to - low) / 2;
    RunResult run = run_once(c, layout, pair, extra, Cut{failure.from, middle}, nullptr);
    if (run.failure && run.failure->from == failure.from) {
      best.to = middle;
      best.differences = std::move(run.failure->differences);
    } else {
      low = middle;
    }
  }
  return best;
}

// RAM as it was at the last FENCE.I.
class FencedCode {
 public:
  explicit FencedCode(const Ram& ram) : ram_(ram), bytes_(kRamBytes) { fence(); }
  void fence() { std::memcpy(bytes_.data(), ram_.host(), bytes_.size()); }
  // Whether the hart's next instruction, of so many bytes, is no longer what it was then.
  [[nodiscard]] bool has_changed(Hart& hart, unsigned length) const {
    for (unsigned half = 0; half < length; half += 2) {
      uint64_t physical = 0;
      if (hart.port().translate_fetch(hart.s.pc + half, 2, physical) != MemStatus::kOk || !ram_.contains(physical, 2)) return false;
      if (std::memcmp(ram_.at(physical), &bytes_[physical - kRamBase], 2) != 0) return true;
    }
    return false;
  }

 private:
  const Ram& ram_;
  std::vector<uint8_t> bytes_;
};

// Runs the case on its own, to `until` instructions, with `before` called ahead of each.
void step_through(const Case& c, const std::optional<Event>& extra, uint64_t until, std::function<void(World&, Hart&)> before) {
  const Layout layout = lay_out(c);
  World* world = nullptr;
  const auto note = [&](Hart& hart) { before(*world, hart); };
  const EngineChoice stepper{"observer", "", [&](Hart& hart, PhysicalMemory&, const Case&) { return make_stepper(hart, note); }};
  World its_world(c, layout, stepper);
  world = &its_world;
  const std::array<World*, 1> worlds{world};
  Schedule schedule(c, layout, extra);
  schedule.service(worlds);
  while (world->hart().s.instret < until) {
    world->run(std::min(schedule.next(*world, world->hart().s.instret), until));
    if (schedule.is_over(*world)) break;
    schedule.service(worlds);
  }
}

bool is_left_open_here(const Case& c, const Failure& failure) {
  std::optional<Event> extra;
  if (failure.swept) extra = swept_event(c, *failure.swept);
  std::optional<FencedCode> fenced;
  bool was_fence = false, is_open = false;
  step_through(c, extra, failure.to, [&](World& world, Hart& hart) {
    if (!fenced) fenced.emplace(world.ram());
    if (was_fence) fenced->fence();
    const isa::Insn next = isa::decode(hart.instruction_at(hart.s.pc), hart.config());
    was_fence = next.row == isa::Op::fence_i;
    is_open = is_open || fenced->has_changed(hart, next.length);
  });
  return is_open;
}

}  // namespace

RunResult run_case(const Case& c, const EnginePair& pair, Coverage* coverage) {
  const Layout layout = lay_out(c);
  RunResult result = run_once(c, layout, pair, std::nullopt, std::nullopt, coverage);
  if (!c.sweeps || result.failure) return result;
  const uint64_t last = std::min(result.instructions, c.sweep_from + kLongestSweep);
  for (uint64_t at = c.sweep_from; at <= last; ++at) {
    RunResult one = run_once(c, layout, pair, swept_event(c, at), std::nullopt, coverage);
    result.instructions += one.instructions;
    if (!one.failure) continue;
    one.failure->swept = at;
    result.failure = std::move(one.failure);
    return result;
  }
  return result;
}

RunResult run_case_apart(const Case& c, const EnginePair& pair, unsigned seconds) {
  const Isolated run = run_isolated(
      [&] {
        limit_processor_time(seconds);
        return packed(run_case(c, pair, nullptr));
      });
  if (run.answer) return unpacked(*run.answer);
  RunResult result;
  result.failure = Failure{run.end, 0, 0, std::nullopt, {}};
  return result;
}

Failure narrowed(const Case& c, const EnginePair& pair, const Failure& failure) {
  const Isolated run =
      run_isolated([&] { return packed({0, narrowed_here(c, pair, failure)}); });
  return run.answer ? *unpacked(*run.answer).failure : failure;
}

bool is_left_open(const Case& c, const Failure& failure) {
  const Isolated run = run_isolated([&] { return std::string(is_left_open_here(c, failure) ? "yes" : "no"); });
  return run.answer == "yes";
}

void observe(const Case& c, Coverage& coverage) {
  step_through(c, std::nullopt, ~uint64_t{0}, [&](World&, Hart& hart) {
    const uint32_t bits = hart.instruction_at(hart.s.pc);
    ++coverage.modes[static_cast<size_t>(hart.s.priv)];
    ++coverage.rows[static_cast<size_t>(isa::decode(bits, c.isa).row)];
  });
  ++coverage.observed;
}

}  // namespace rvx::fuzz
