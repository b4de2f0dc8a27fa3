// Measures programs, booting and idling on all engines in turn.
#include "cli/bench_measure.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

constexpr uint64_t kVersionNs = 10'000'000'000;
constexpr double kSettleSeconds = 2;  // from a guest's prompt until it counts as idle
constexpr double kClockShare = 0.03, kClockSeconds = 0.05;  // by which two clocks may differ

// Naps until then, or until a signal.
void wait_until(uint64_t deadline_ns, const StopSignals& signals) {
  while (signals.received() == 0 && monotonic_ns() < deadline_ns) {
    const uint64_t left = std::min<uint64_t>(deadline_ns - monotonic_ns(), 100'000'000);
    const timespec nap{0, static_cast<long>(left)};
    (void)::nanosleep(&nap, nullptr);
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    const bool is_plain = !word.empty() && word.find_first_of(" '\"\\$") == std::string::npos;
    text += (text.empty() ? "" : " ") + (is_plain ? word : "'" + word + "'");
  }
  return text;
}

// The first line that the engine says of itself.
std::string version_of(const BenchEngine& engine, const BenchPlan& plan,
                       const StopSignals& signals) {
  const auto words = fill_in(engine.version_words, plan.values);
  if (!words || words->empty()) return {};
  auto child = BenchChild::start(*words);
  std::string line;
  if (child && child->read_line(line, monotonic_ns() + kVersionNs, signals) == LineEnd::kLine)
    return one_line(line);
  return {};
}

// One engine with its guest, where it has one.
struct Station {
  const BenchEngine* engine = nullptr;
  std::vector<std::string> words;
  std::unique_ptr<BenchGuest> guest;
};

std::vector<Station> stations_of(const BenchPlan& plan, const StopSignals& signals) {
  std::vector<Station> stations;
  for (const BenchEngine& engine : plan.engines) {
    Station station{&engine, {}, nullptr};
    if (engine.kind != BenchKind::kNative && !plan.is_bare) {
      auto words = fill_in(engine.words, plan.values);
      if (words) station.words = std::move(*words);  // describe_engines() has seen that it works
      station.guest = std::make_unique<BenchGuest>(station.words, signals);
    }
    stations.push_back(std::move(station));
  }
  return stations;
}

void power_off(std::vector<Station>& stations) {
  for (Station& station : stations)
    if (station.guest) station.guest->power_off();
}

std::optional<BenchSample> run_once(const BenchPlan& plan, Station& station,
                                    const BenchTarget& target, const StopSignals& signals) {
  if (station.guest) return station.guest->run(target.name, target.arguments, plan.timeout_ns);
  std::vector<std::string> words;
  if (station.engine->kind == BenchKind::kNative) {
    if (target.native_file.empty()) return std::nullopt;
    // With a slash, or PATH would be searched.
    const bool has_slash = target.native_file.find('/') != std::string::npos;
    words.push_back((has_slash ? "" : "./") + target.native_file);
    if (const auto arguments = split_words(target.arguments))
      words.insert(words.end(), arguments->begin(), arguments->end());
  } else {
    Placeholders values = plan.values;
    values["program"] = target.bare_file;
    values["argument"] = target.arguments;
    auto filled = fill_in(station.engine->words, values);
    if (filled) words = std::move(*filled);
  }
  const bool is_native = station.engine->kind == BenchKind::kNative;
  return run_process(words, is_native, plan.timeout_ns, signals);
}

void add_row(BenchReport& report, const BenchProgram& program) {
  report.rows.push_back({program, std::vector<std::vector<BenchSample>>(report.engines.size())});
}

}  // namespace

Result<BenchReport> describe_engines(const BenchPlan& plan, const StopSignals& signals) {
  BenchReport report;
  Placeholders values = plan.values;
  if (plan.is_bare) {
    values["program"] = "PROGRAM";
    values["argument"] = "ARGUMENTS";
  }
  for (const BenchEngine& engine : plan.engines) {
    BenchEngineInfo info{engine.name, engine.kind, "", ""};
    if (engine.kind == BenchKind::kNative) {
      info.command = "PROGRAM ARGUMENTS";
    } else {
      const auto words = fill_in(engine.words, values);
      if (!words)
        return usage_error(fmt::format("the command of {}: {}", engine.name, words.error().text));
      info.command = joined(*words);
      info.version = version_of(engine, plan, signals);
    }
    report.engines.push_back(std::move(info));
  }
  return report;
}

void measure_programs(const BenchPlan& plan, BenchReport& report, const BenchEvents& events,
                      const StopSignals& signals) {
  std::vector<Station> stations = stations_of(plan, signals);
  for (const BenchTarget& target : plan.targets) add_row(report, target.program);
  events.on_start(report);
  for (size_t i = 0; i < plan.targets.size() && signals.received() == 0; ++i) {
    BenchRow& row = report.rows[i];
    for (unsigned run = 0; run < plan.runs && signals.received() == 0; ++run) {
      for (size_t e = 0; e < stations.size() && signals.received() == 0; ++e) {
        // What failed once has no median; its time is better spent on others.
        if (!failure_of(row, e).empty()) continue;
        events.on_progress(fmt::format("{} of {}: {}, run {} of {} on {}", i + 1,
                                       plan.targets.size(), row.program.name, run + 1, plan.runs,
                                       report.engines[e].name));
        if (auto sample = run_once(plan, stations[e], plan.targets[i], signals))
          row.samples[e].push_back(std::move(*sample));
      }
    }
    if (signals.received() == 0) events.on_row(row);
  }
  power_off(stations);
}

void measure_boot(const BenchPlan& plan, BenchReport& report, const BenchEvents& events,
                  const StopSignals& signals) {
  std::vector<Station> stations = stations_of(plan, signals);
  add_row(report, {"init", "boot", "from exec to the first line of init", false});
  add_row(report, {"ready", "boot", "from exec until programs can be run", false});
  events.on_start(report);
  for (unsigned run = 0; run < plan.runs; ++run) {
    for (size_t e = 0; e < stations.size() && signals.received() == 0; ++e) {
      if (!stations[e].guest || !failure_of(report.rows[0], e).empty()) continue;
      events.on_progress(
          fmt::format("boot {} of {} on {}", run + 1, plan.runs, report.engines[e].name));
      BenchSample init, ready;
      if (const auto times = stations[e].guest->boot(plan.timeout_ns)) {
        init.value = times->init_s;
        ready.value = times->ready_s;
      } else {
        init.failure = ready.failure = times.error().text;
      }
      report.rows[0].samples[e].push_back(std::move(init));
      report.rows[1].samples[e].push_back(std::move(ready));
      stations[e].guest->power_off();  // one guest at a time
    }
  }
  for (const BenchRow& row : report.rows)
    if (signals.received() == 0) events.on_row(row);
}

void measure_idle(const BenchPlan& plan, double seconds, BenchReport& report,
                  const BenchEvents& events, const StopSignals& signals) {
  std::vector<Station> stations = stations_of(plan, signals);
  add_row(report, {"idle", "idle", "share of a host core while the guest waits", false});
  BenchRow& row = report.rows[0];
  events.on_start(report);
  for (size_t e = 0; e < stations.size() && signals.received() == 0; ++e) {
    if (!stations[e].guest) continue;
    events.on_progress(fmt::format("booting {}", report.engines[e].name));
    if (const auto booted = stations[e].guest->boot(plan.timeout_ns); !booted) {
      row.samples[e].emplace_back().failure = booted.error().text;
      stations[e].guest.reset();
    }
  }
  wait_until(monotonic_ns() + static_cast<uint64_t>(kSettleSeconds * 1e9), signals);
  // All at once: processor time is counted, so they do not disturb each other.
  for (unsigned run = 0; run < plan.runs && signals.received() == 0; ++run) {
    events.on_progress(fmt::format("idle for {:g} s, {} of {}", seconds, run + 1, plan.runs));
    std::vector<double> before;
    for (const Station& station : stations)
      before.push_back(station.guest ? station.guest->processor_s() : 0);
    const uint64_t start = monotonic_ns();
    wait_until(start + static_cast<uint64_t>(seconds * 1e9), signals);
    if (signals.received() != 0) break;
    for (size_t e = 0; e < stations.size(); ++e) {
      if (!stations[e].guest) continue;
      BenchSample& sample = row.samples[e].emplace_back();
      const double used = stations[e].guest->processor_s() - before[e];
      sample.value = 100 * used / (static_cast<double>(monotonic_ns() - start) / 1e9);
      if (used < 0) sample.failure = "it ended while it was idle";
    }
  }
  if (signals.received() == 0) events.on_row(row);
  power_off(stations);
}

std::vector<std::string> clock_warnings(const BenchReport& report) {
  std::vector<std::string> lines;
  for (size_t e = 0; e < report.engines.size(); ++e) {
    const BenchSample* worst = nullptr;
    const BenchRow* where = nullptr;
    const auto gap = [](const BenchSample& one) { return std::abs(one.value - *one.guest_s); };
    for (const BenchRow& row : report.rows) {
      if (e >= row.samples.size()) continue;
      for (const BenchSample& sample : row.samples[e]) {
        if (!sample.guest_s || !sample.failure.empty()) continue;
        if (gap(sample) < std::max(kClockSeconds, sample.value * kClockShare)) continue;
        if (worst != nullptr && gap(sample) <= gap(*worst)) continue;
        worst = &sample;
        where = &row;
      }
    }
    if (worst == nullptr) continue;
    lines.push_back(
        fmt::format("{} ran {} for {:.3f} s by the host's clock and for {:.3f} s by the guest's",
                    report.engines[e].name, where->program.name, worst->value, *worst->guest_s));
  }
  return lines;
}

}  // namespace rvx::cli
