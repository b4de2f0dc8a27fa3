// rvx fuzz: random programs on two engines in lock step.
#include <ctime>

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/fuzz/campaign.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/stop_signals.hpp"
#include "cli/values.hpp"

namespace rvx::cli {
namespace {

constexpr int kFoundStatus = 1;
constexpr uint64_t kDefaultSeconds = 60;
constexpr uint64_t kNsPerSecond = 1'000'000'000;

uint64_t host_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * kNsPerSecond + static_cast<uint64_t>(t.tv_nsec);
}

Result<fuzz::EnginePair> engine_pair(const OptionValues& options) {
  const std::string* text = options.last(Flag::kFuzzEngines);
  const std::vector<ListPart> names = split_list(text == nullptr ? "interp,jit" : *text);
  std::string known;
  for (const fuzz::EngineChoice& choice : fuzz::engine_choices())
    known += (known.empty() ? "" : ", ") + choice.name;
  if (names.size() != 2)
    return usage_error(
        fmt::format("--engines takes two names, as interp,steps; there are {}", known));
  fuzz::JitChoice jit;
  if (const std::string* threshold = options.last(Flag::kJitThreshold)) {
    auto runs = parse_jit_threshold(*threshold);
    if (!runs) return runs.error();
    jit.threshold = *runs;
  }
  if (const std::string* cache = options.last(Flag::kJitCache)) {
    auto bytes = parse_jit_cache(*cache);
    if (!bytes) return bytes.error();
    jit.code_bytes = *bytes;
  }
  fuzz::EnginePair pair;
  for (size_t i = 0; i < 2; ++i) {
    const fuzz::EngineChoice* choice = fuzz::find_engine(names[i].key);
    if (choice == nullptr)
      return usage_error(
          fmt::format("--engines: no engine is called '{}'; there are {}", names[i].key, known));
    (i == 0 ? pair.first : pair.second) = fuzz::with_jit(*choice, jit);
  }
  return pair;
}

struct Limits {
  uint64_t ns = kDefaultSeconds * kNsPerSecond;
  bool is_timed = true;
};

Result<Limits> limits_of(const OptionValues& options, fuzz::CampaignPlan& plan) {
  struct Row {
    Flag flag;
    uint64_t* to;
    uint64_t low, high;
  };
  uint64_t minutes = 0;
  const Row rows[] = {{Flag::kSeed, &plan.seed, 0, ~uint64_t{0}},
                      {Flag::kCase, &plan.first_case, 0, ~uint64_t{0} / 2},  // so that no number behind it wraps
                      {Flag::kCases, &plan.cases, 1, ~uint64_t{0}},
                      {Flag::kFailures, &plan.most_failures, 1, ~uint64_t{0}},
                      {Flag::kMinutes, &minutes, 1, 1'000'000}};
  for (const Row& row : rows) {
    const std::string* text = options.last(row.flag);
    if (text == nullptr) continue;
    auto value = parse_number(spelling(row.flag), *text, row.low, row.high);
    if (!value) return value.error();
    *row.to = *value;
  }
  if (options.has(Flag::kCase) && !options.has(Flag::kCases)) plan.cases = 1;
  Limits limits;
  if (minutes != 0) limits.ns = minutes * 60 * kNsPerSecond;
  limits.is_timed = minutes != 0 || plan.cases == ~uint64_t{0};
  return limits;
}

std::string stats_text(const fuzz::CampaignResult& result, const fuzz::EnginePair& pair, double seconds) {
  nlohmann::json all = nlohmann::json::parse(result.coverage.json());
  all["engines_compared"] = {pair.first.name, pair.second.name};
  all["cases"] = result.cases;
  all["instructions"] = result.instructions;
  all["seconds"] = seconds;
  all["left_open"] = result.left_open;
  all["failures"] = nlohmann::json::array();
  for (const fuzz::FailedCase& failed : result.failures)
    all["failures"].push_back(
        {{"case", failed.number}, {"nodes", failed.nodes_after}, {"text", failed.text}});
  return all.dump(2) + "\n";
}

}  // namespace

int fuzz_command(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  const Result<fuzz::EnginePair> pair = engine_pair(options);
  if (!pair) return report(pair.error());
  fuzz::CampaignPlan plan;
  const Result<Limits> limits = limits_of(options, plan);
  if (!limits) return report(limits.error());
  std::optional<std::string> stats_file;
  if (const std::string* text = options.last(Flag::kStats)) {
    const Result<std::string> file = parse_stats(*text);
    if (!file) return report(file.error());
    stats_file = *file;
  }
  if (!invocation.operands.empty())
    return report(usage_error(fmt::format("rvx fuzz makes its programs itself: '{}' is too much",
                                          invocation.operands.front())));
  OutputFile stats_output;  // opened before the hours, not after
  if (stats_file && !stats_file->empty()) {
    Result<OutputFile> opened = open_output("the counters", *stats_file);
    if (!opened) return report(opened.error());
    stats_output = std::move(*opened);
  }

  const StopSignals signals;
  const uint64_t start = host_ns();
  plan.is_over = [&] {
    return signals.received() != 0 || (limits->is_timed && host_ns() - start >= limits->ns);
  };
  if (stderr_is_terminal()) {
    plan.on_progress = [&](uint64_t done) {
      fmt::print(stderr, "\r{} cases", done);
    };
  }
  const fuzz::CampaignResult result = fuzz::run_campaign(plan, *pair);
  if (plan.on_progress) fmt::print(stderr, "\r\x1b[K");
  const double seconds =
      std::max(1e-9, static_cast<double>(host_ns() - start) / static_cast<double>(kNsPerSecond));
  for (const fuzz::FailedCase& failed : result.failures) fmt::print("{}\n", failed.text);
  fmt::print("{}", result.coverage.text());
  if (result.left_open != 0)
    fmt::print("{} cases differ where the manual lets them: an instruction was changed without a fence.i\n", result.left_open);
  fmt::print(
      "{} cases, {} instructions on each of {} and {}, seed {}, {:.1f} s ({:.0f} cases a minute): "
      "{}\n",
      result.cases, result.instructions, pair->first.name, pair->second.name, plan.seed, seconds,
      static_cast<double>(result.cases) * 60 / seconds,
      result.failures.empty() ? "no difference" : "different");
  if (stats_file) {
    std::FILE* const to = stats_output != nullptr ? stats_output.get() : stderr;
    fmt::print(to, "{}", stats_text(result, *pair, seconds));
    if (stats_output != nullptr) {
      if (Outcome done = close_output("the counters", *stats_file, std::move(stats_output)); !done)
        return report(done.error());
    }
  }
  return result.failures.empty() ? 0 : kFoundStatus;
}

}  // namespace rvx::cli
