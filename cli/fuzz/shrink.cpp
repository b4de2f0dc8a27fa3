// Shrinking: tries to leave out parts, larger ones first, and keeps what still fails.
#include "cli/fuzz/shrink.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "cli/fuzz/layout.hpp"
#include "cli/fuzz/memory_map.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {
namespace {

using Nodes = std::vector<uint32_t>;
using Clock = std::chrono::steady_clock;

constexpr unsigned kMostSeconds = 4;            // of a run
constexpr std::chrono::seconds kPatience{120};  // with all runs together

class Shrinker {
 public:
  Shrinker(const Case& c, const EnginePair& pair, const Failure& failure, unsigned most_runs)
      : best_(c), pair_(pair), runs_left_(most_runs), is_difference_(failure.crash.empty()) {
    best_.fates.assign(c.program.nodes.size(), Fate::kKept);
    if (failure.swept) fix_sweep(*failure.swept);
    Case shorter = best_;
    if (is_difference_) shorter.budget = failure.to;
    accept_if_fails(std::move(shorter));
  }

  Case run() {
    for (int round = 0; round < 4; ++round) {
      const unsigned before = runs_left_;
      has_changed_ = false;
      simplify_schedule();
      drop(units());
      drop(single_nodes());
      turn_to_nops();
      drop_state();
      if (!has_changed_ || runs_left_ == 0 || before == runs_left_) break;
    }
    return std::move(best_);
  }

 private:
  bool accept_if_fails(Case candidate) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    if (Clock::now() > deadline_) runs_left_ = 0;
    const RunResult result = run_case_apart(candidate, pair_, kMostSeconds);
    if (!result.failure || result.failure->crash.empty() != is_difference_) return false;
    if (is_difference_ && is_left_open(candidate, *result.failure)) return false;
    best_ = std::move(candidate);
    has_changed_ = true;
    return true;
  }

  // The one run of a sweep that fails, as a case of its own.
  void fix_sweep(uint64_t at) {
    Case one = best_;
    one.sweeps = false;
    const uint64_t lines = one.events.empty() ? irq::kMEI : one.events.front().lines;
    one.events.insert(one.events.begin(), Event{at, lines, true});
    std::sort(one.events.begin(), one.events.end());
    accept_if_fails(std::move(one));
  }

  void simplify_schedule() {
    if (best_.slices.size() > 1) {
      for (const uint32_t slice : {static_cast<uint32_t>(best_.budget), 1000u, 100u, 10u, 1u}) {
        Case candidate = best_;
        candidate.slices = {std::max(slice, 1u)};
        if (accept_if_fails(std::move(candidate))) break;
      }
    }
    for (size_t i = best_.events.size(); i-- != 0;) {
      Case candidate = best_;
      candidate.events.erase(candidate.events.begin() + static_cast<std::ptrdiff_t>(i));
      accept_if_fails(std::move(candidate));
    }
  }

  // Groups of nodes that may go: what begins at a start, up to the next one.
  [[nodiscard]] std::vector<Nodes> units() const {
    std::vector<Nodes> groups;
    const auto& nodes = best_.program.nodes;
    for (uint32_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].is_fixed || best_.fates[i] == Fate::kGone) continue;
      if (groups.empty() || nodes[i].is_start) groups.emplace_back();
      groups.back().push_back(i);
    }
    return groups;
  }

  [[nodiscard]] std::vector<Nodes> single_nodes() const {
    std::vector<Nodes> groups;
    const auto& nodes = best_.program.nodes;
    uint32_t last_bundle = 0;
    for (uint32_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].is_fixed || best_.fates[i] == Fate::kGone) continue;
      if (nodes[i].bundle == 0 || nodes[i].bundle != last_bundle) groups.emplace_back();
      groups.back().push_back(i);
      last_bundle = nodes[i].bundle;
    }
    return groups;
  }

  [[nodiscard]] Case without(const std::vector<Nodes>& groups, size_t first, size_t count,
                             Fate fate) const {
    Case candidate = best_;
    for (size_t i = first; i < std::min(first + count, groups.size()); ++i)
      for (const uint32_t node : groups[i]) candidate.fates[node] = fate;
    return candidate;
  }

  // Leaves out runs of groups, half of all at first, then less and less.
  void drop(std::vector<Nodes> groups) {
    for (size_t count = std::max<size_t>(groups.size() / 2, 1);; count /= 2) {
      for (size_t first = 0; first < groups.size();) {
        if (accept_if_fails(without(groups, first, count, Fate::kGone))) {
          const auto begin = groups.begin() + static_cast<std::ptrdiff_t>(first);
          groups.erase(begin,
                       begin + static_cast<std::ptrdiff_t>(std::min(count, groups.size() - first)));
        } else {
          first += count;
        }
      }
      if (count <= 1 || runs_left_ == 0) return;
    }
  }

  // What cannot go without moving the rest can perhaps do nothing.
  void turn_to_nops() {
    const std::vector<Nodes> groups = single_nodes();
    for (size_t i = 0; i < groups.size(); ++i)
      if (best_.fates[groups[i].front()] == Fate::kKept)
        accept_if_fails(without(groups, i, 1, Fate::kNop));
  }

  // PMP keeps programs from changing their code without a fence.
  static bool is_needed(const std::pair<uint16_t, uint64_t>& csr) { return csr.first >= 0x3a0 && csr.first < 0x3f0; }
  static bool is_needed(const auto&) { return false; }

  template <class List>
  void drop_from(List Case::*list) {
    for (size_t count = std::max<size_t>((best_.*list).size() / 2, 1);; count /= 2) {
      for (size_t first = 0; first < (best_.*list).size();) {
        Case candidate = best_;
        List& all = candidate.*list;
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(count, all.size() - first));
        all.erase(std::remove_if(begin, end, [](const auto& item) { return !is_needed(item); }), end);
        if (all.size() == (best_.*list).size() || !accept_if_fails(std::move(candidate))) first += count;
      }
      if (count <= 1 || runs_left_ == 0) return;
    }
  }

  void drop_state() {
    drop_from(&Case::csrs);
    drop_from(&Case::x);
    drop_from(&Case::f);
    drop_from(&Case::segments);
  }

  Case best_;
  const EnginePair& pair_;
  unsigned runs_left_;
  bool has_changed_ = false;
  bool is_difference_;  // no crash: what is left must fail in the same way
  Clock::time_point deadline_ = Clock::now() + kPatience;
};

const char* priv_name(Priv priv) { return priv == Priv::kM ? "M" : priv == Priv::kS ? "S" : "U"; }

}  // namespace

Case shrunk(const Case& c, const EnginePair& pair, const Failure& failure, unsigned most_runs) {
  return Shrinker(c, pair, failure, most_runs).run();
}

size_t live_nodes(const Case& c) {
  size_t count = 0;
  for (size_t i = 0; i < c.program.nodes.size(); ++i)
    if (!c.program.nodes[i].is_fixed && (c.fates.empty() || c.fates[i] == Fate::kKept)) ++count;
  return count;
}

std::string description(const Case& c) {
  const Layout layout = lay_out(c);
  const uint64_t start =
      c.code_base + (layout.offset[c.program.labels[c.program.start]] & kCodeMask);
  std::string text = fmt::format("isa {}\n", c.isa.to_string());
  text += fmt::format("starts in {} at {:#x}, at most {} instructions, slices of {}\n",
                      priv_name(c.priv), start, c.budget, fmt::join(c.slices, " "));
  for (const Event& e : c.events)
    text += fmt::format("after {} instructions lines {:#x} {}\n", e.instret, e.lines,
                        e.level ? "rise" : "fall");
  for (const auto& [number, value] : c.csrs)
    text += fmt::format("{} = {:#x}\n", isa::csr_name(number), value);
  for (const auto& [index, value] : c.x)
    text += fmt::format("{} = {:#x}\n", isa::x_name(index), value);
  for (const auto& [index, value] : c.f)
    text += fmt::format("{} = {:#x}\n", isa::f_name(index), value);
  for (const Segment& s : c.segments)
    text += fmt::format("memory at {:#x}: {} bytes\n", kRamBase + s.offset, s.bytes.size());
  return text + listing(c);
}

std::string description(const Failure& failure) {
  if (!failure.crash.empty()) return failure.crash + "\n";
  std::string text = fmt::format("equal after {} instructions, different when run to {}:\n",
                                 failure.from, failure.to);
  constexpr size_t kShown = 12;
  for (size_t i = 0; i < std::min(failure.differences.size(), kShown); ++i)
    text += fmt::format("  {}\n", failure.differences[i]);
  if (failure.differences.size() > kShown)
    text += fmt::format("  and {} more\n", failure.differences.size() - kShown);
  return text;
}

}  // namespace rvx::fuzz
