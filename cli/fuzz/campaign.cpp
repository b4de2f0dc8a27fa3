// The loop over cases: some at a time in a process of their own.
#include "cli/fuzz/campaign.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "cli/fuzz/generator.hpp"
#include "cli/fuzz/isolated.hpp"
#include "cli/fuzz/shrink.hpp"

namespace rvx::fuzz {
namespace {

constexpr uint64_t kBatch = 200;       // cases between two forks
constexpr unsigned kMostSeconds = 30;  // of processor time for a case; a sanitizer build is slow

// What a batch came to.
struct Batch {
  uint64_t cases = 0;  // that did not fail
  uint64_t instructions = 0;
  bool has_failed = false;  // the case after these
  Coverage coverage;
};

class Campaign {
 public:
  Campaign(const CampaignPlan& plan, const EnginePair& pair) : plan_(plan), pair_(pair) {}

  CampaignResult run() {
    while (result_.cases < plan_.cases && !is_over()) {
      const uint64_t first = plan_.first_case + result_.cases;
      const uint64_t count = std::min(kBatch, plan_.cases - result_.cases);
      now_.set(first);
      const Isolated batch = run_isolated([&] { return packed(run_batch(first, count)); });
      if (!batch.answer && is_over()) break;  // what ends us ended it too
      const uint64_t failed = batch.answer ? take(*batch.answer, first) : now_.get();
      if (!batch.answer) result_.cases += failed - first;
      if (failed != kNone) {
        ++result_.cases;
        explain(failed);
        if (result_.failures.size() >= plan_.most_failures) break;
      }
      if (plan_.on_progress) plan_.on_progress(result_.cases);
    }
    return std::move(result_);
  }

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};

  [[nodiscard]] bool is_over() const { return plan_.is_over && plan_.is_over(); }

  Batch run_batch(uint64_t first, uint64_t count) {
    Batch batch;
    for (uint64_t number = first; number < first + count && !is_over(); ++number) {
      now_.set(number);
      limit_processor_time(kMostSeconds);
      const Case c = make_case(plan_.seed, number);
      const RunResult run = run_case(c, pair_, &batch.coverage);
      batch.instructions += run.instructions;
      batch.has_failed = run.failure.has_value();
      if (batch.has_failed) break;
      ++batch.cases;
      if (plan_.observed_share != 0 && number % plan_.observed_share == 0) observe(c, batch.coverage);
    }
    return batch;
  }

  static std::string packed(const Batch& batch) {
    return fmt::format("{} {} {}\n{}", batch.cases, batch.instructions, batch.has_failed ? 1 : 0,
                       batch.coverage.packed());
  }

  // Adds a batch that began with case `first`; returns the case that failed.
  uint64_t take(const std::string& answer, uint64_t first) {
    std::istringstream in(answer);
    Batch batch;
    in >> batch.cases >> batch.instructions >> batch.has_failed;
    result_.cases += batch.cases;
    result_.instructions += batch.instructions;
    result_.coverage.add(Coverage::unpacked(answer.substr(answer.find('\n') + 1)));
    return batch.has_failed ? first + batch.cases : kNone;
  }

  // Runs case `number` again by itself, and makes it small if it is a failure.
  void explain(uint64_t number) {
    const Case c = make_case(plan_.seed, number);
    FailedCase failed;
    failed.number = number;
    failed.nodes_before = live_nodes(c);
    failed.text = fmt::format("case {} of seed {} ({}) differs between {} and {}\n", number, plan_.seed, c.about,
                              pair_.first.name, pair_.second.name);
    const RunResult first = run_case_apart(c, pair_, kMostSeconds);
    if (first.failure && first.failure->crash.empty() && is_left_open(c, narrowed(c, pair_, *first.failure))) {
      ++result_.left_open;
      return;
    }
    if (first.failure) {
      const Case small = shrunk(c, pair_, *first.failure, plan_.shrink_runs);
      failed.nodes_after = live_nodes(small);
      failed.text += fmt::format("shrunk from {} instructions to {}:\n", failed.nodes_before, failed.nodes_after);
      failed.text += description(small);
      failed.text += how_it_fails(small);
    } else {
      failed.text += "it does not fail every time\n";
    }
    const std::string& options = pair_.second.options.empty() ? pair_.first.options : pair_.second.options;
    failed.text += fmt::format("again: rvx fuzz --engines {},{}{} --seed {} --case {}\n", pair_.first.name,
                               pair_.second.name, options, plan_.seed, number);
    result_.failures.push_back(std::move(failed));
  }

  std::string how_it_fails(const Case& c) {
    const RunResult run = run_case_apart(c, pair_, kMostSeconds);
    if (!run.failure) return "it does not fail every time\n";
    return description(run.failure->crash.empty() ? narrowed(c, pair_, *run.failure) : *run.failure);
  }

  const CampaignPlan& plan_;
  const EnginePair& pair_;
  CampaignResult result_;
  SharedNumber now_;  // the case that runs
};

}  // namespace

CampaignResult run_campaign(const CampaignPlan& plan, const EnginePair& pair) { return Campaign(plan, pair).run(); }

}  // namespace rvx::fuzz
