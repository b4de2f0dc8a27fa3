// Runs a lab: reads it, makes its points, measures them, judges its claims.
#include "cli/lab/run_lab.hpp"

#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/lab/kept_results.hpp"
#include "cli/lab/lab_file.hpp"
#include "cli/lab/plot.hpp"
#include "cli/lab/runner.hpp"
#include "cli/messages.hpp"
#include "cli/software.hpp"

namespace rvx::cli::lab {
namespace {

std::string one_line_version() {
  std::string version = version_text(false);
  while (version.ends_with('\n')) version.pop_back();
  return version;
}

Outcome make_commands(Results& results, const Places& places) {
  for (const Point& point : results.sweep.points) {
    Result<PointCommand> command = command_of(results.lab, point, places, results.engine);
    if (!command) return command.error();
    results.commands.push_back(std::move(*command));
  }
  return std::monostate{};
}

}  // namespace

std::string kept_results_folder() { return cache_directory() + "/lab/points"; }
std::string guesses_folder() { return cache_directory() + "/lab/guesses"; }

Result<LabRun> run_lab(const std::string& folder, const LabRequest& request, const StopSignals& signals) {
  Result<Lab> lab = read_lab(folder, request.guest);
  if (!lab) return lab.error();
  LabRun run;
  Results& results = run.results;
  results.lab = std::move(*lab);
  results.choice = request.choice;
  results.engine = request.engine;
  results.command_line = request.command_line;
  results.version = one_line_version();
  Result<Sweep> sweep = make_sweep(results.lab, request.choice);
  if (!sweep) return sweep.error();
  results.sweep = std::move(*sweep);

  RunnerPlan plan;
  plan.places = usual_places();
  plan.jobs = request.jobs;
  plan.is_fresh = request.is_fresh;
  if (Outcome made = make_commands(results, plan.places); !made) return made.error();
  if (stderr_is_terminal()) {
    plan.on_progress = [&results](size_t done, size_t failed) {
      fmt::print(stderr, "\r\x1b[K{}: {} of {} points{}", results.lab.name, done, results.commands.size(),
                 failed == 0 ? "" : fmt::format(", {} failed", failed));
    };
  }
  KeptResults kept(kept_results_folder(), plan.places);
  const Outcome ran = run_points(plan, kept, results, signals);
  if (plan.on_progress) fmt::print(stderr, "\r\x1b[K");
  if (!ran) return ran.error();
  if (signals.received() != 0) return run;
  if (Outcome computed = compute_columns(results); !computed) return computed.error();
  for (const Plot& plot : results.lab.plots)
    if (auto series = series_of(results, plot); !series) return series.error();
  Result<std::vector<Judgement>> judgements = judge(results);
  if (!judgements) return judgements.error();
  run.judgements = std::move(*judgements);
  Result<Guesses> guesses = compare_answers(results, kept_guesses(guesses_folder(), results.lab.name));
  if (!guesses) return guesses.error();
  run.guesses = std::move(*guesses);
  return run;
}

}  // namespace rvx::cli::lab
