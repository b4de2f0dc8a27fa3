// rvx test: many test programs, each with a verdict.
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <thread>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/run_plan.hpp"
#include "cli/test_pool.hpp"
#include "cli/test_report.hpp"
#include "cli/values.hpp"

namespace rvx::cli {
namespace {

// Enough for the slowest of riscv-tests many times over.
constexpr uint64_t kDefaultInstructions = 200'000'000;
constexpr uint64_t kDefaultTimeoutNs = 20'000'000'000;
constexpr int kFailedStatus = 1;

uint64_t host_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

Result<unsigned> job_count(const OptionValues& options) {
  if (const std::string* text = options.last(Flag::kJobs)) {
    auto jobs = parse_number("-j", *text, 1, 1024);
    if (!jobs) return jobs.error();
    return static_cast<unsigned>(*jobs);
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

// Nothing passed is no success, whatever the reason.
int status_of(const TestTotals& totals) {
  if (totals.of(Verdict::kFail) + totals.of(Verdict::kTimeout) + totals.of(Verdict::kError) != 0)
    return kFailedStatus;
  if (totals.of(Verdict::kPass) == 0)
    return report(usage_error("every test was skipped; see --isa"));
  return 0;
}

}  // namespace

int test_command(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  Result<RunPlan> plan = make_plan(options, TimeMode::kDeterministic);
  if (!plan) return report(plan.error());
  MachineConfig& config = plan->machine;
  if (!config.max_instructions) config.max_instructions = kDefaultInstructions;
  if (!config.timeout_ns) config.timeout_ns = kDefaultTimeoutNs;
  const Result<unsigned> jobs = job_count(options);
  if (!jobs) return report(jobs.error());
  if (invocation.operands.empty())
    return report(usage_error("no test is named; give files or folders: rvx test FILES|DIRS…"));
  const Result<std::vector<std::string>> paths = find_tests(invocation.operands);
  if (!paths) return report(Error{kUsageStatus, paths.error().text});
  if (paths->empty())
    return report(
        usage_error(fmt::format("no RISC-V program is below {}", invocation.operands.front())));

  OutputFile file;
  const std::string* path = options.last(Flag::kOutput);
  if (path != nullptr) {
    auto opened = open_output("the verdicts", *path);
    if (!opened) return report(opened.error());
    file = std::move(*opened);
  }
  const std::string* format = options.last(Flag::kFormat);
  const bool colour = file == nullptr && stderr_has_colour() && ::isatty(1) == 1;
  const auto verdicts = make_test_report(format == nullptr ? "text" : *format,
                                         file == nullptr ? stdout : file.get(), colour);
  if (verdicts == nullptr)
    return report(
        usage_error(fmt::format("--format {}: there are text, tap, junit and json", *format)));

  TestTotals totals;
  totals.tests = paths->size();
  const uint64_t start_ns = host_ns();
  TestPool pool;
  pool.config = config;
  pool.jobs = *jobs;
  pool.on_result = [&](const TestResult& result) {
    ++totals.count[static_cast<size_t>(result.verdict)];
    verdicts->add(result);
  };
  const bool shows_progress = stderr_is_terminal() && (path != nullptr || ::isatty(1) != 1);
  if (shows_progress) {
    pool.on_progress = [](size_t done, size_t all) {
      fmt::print(stderr, "\r{} of {}{}", done, all, done == all ? "\r\x1b[K" : "");
    };
  }
  verdicts->begin(paths->size());
  const Result<PoolOutcome> outcome = run_tests(pool, *paths);
  if (!outcome) return report(outcome.error());
  if (outcome->is_worker) return 0;
  if (outcome->interrupted_by != 0) return kSignalStatus + outcome->interrupted_by;
  totals.host_ns = host_ns() - start_ns;
  verdicts->end(totals);
  if (file != nullptr) {
    if (Outcome closed = close_output("the verdicts", *path, std::move(file)); !closed)
      return report(closed.error());
  }
  return status_of(totals);
}

}  // namespace rvx::cli
