// A timeline for a terminal: a lane for each hart, and tables.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "cli/timeline_output.hpp"

namespace rvx::cli {
namespace {

constexpr size_t kMostRows = 60, kMostUserRows = 20;
constexpr size_t kNames = 9;     // columns left of the lanes: "hart 0  |"
constexpr size_t kLeastLane = 20;

double us(uint64_t ns) { return static_cast<double>(ns) / 1000; }
double percent(uint64_t part, uint64_t whole) { return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole); }

// Right-aligned columns; the first is left-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const {
    std::vector<size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i)
        line += i == 0 ? fmt::format("  {:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string axis(const Timeline& t, size_t lane) {
  const double from = us(t.from), length = us(t.to) - from;
  // Digits behind the point only where the distance needs them.
  const double distance = tick_distance(length, static_cast<double>(lane) / 14);
  const int digits = distance >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(distance)));
  std::string marks(lane + 1, ' '), labels(kNames + lane + 24, ' ');
  for (double at = std::ceil(from / distance) * distance; at <= us(t.to); at += distance) {
    const auto column = static_cast<size_t>((at - from) / length * static_cast<double>(lane));
    const std::string label = fmt::format("{:.{}f}", at, digits);
    marks[std::min(column, lane)] = '+';
    labels.replace(kNames + column, label.size(), label);
  }
  labels.resize(labels.find_last_not_of(' ') + 1);
  marks.resize(marks.find_last_not_of(' ') + 1);
  return fmt::format("{:<{}}{}\n{} µs\n", "", kNames, marks, labels);
}

std::string lanes(const Timeline& t, size_t width) {
  const size_t lane = std::max(kLeastLane, width > kNames + 14 ? width - kNames - 14 : 0);
  std::string text;
  for (size_t i = 0; i < t.harts.size(); ++i) {
    std::string line;
    for (const int who : columns_of(t, t.harts[i], lane)) line += who == kNobody ? ' ' : who == Timeline::kIdle ? '.' : letter_of(who);
    text += fmt::format("hart {:<3}|{}|{:6.1f} % busy\n", i, line, percent(t.harts[i].run_ns, t.to - t.from));
  }
  if (!t.marks.empty()) {
    std::string line(lane, ' ');
    for (const Timeline::Mark& mark : t.marks)
      line[std::min(lane - 1, static_cast<size_t>(static_cast<double>(mark.at - t.from) / static_cast<double>(t.to - t.from) * static_cast<double>(lane)))] = '^';
    text += fmt::format("{:<8}|{}|\n", "marks", line);
  }
  return text + axis(t, lane) + "\n";
}

std::string thread_table(const Timeline& t) {
  std::vector<size_t> order(t.threads.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto is_shown = [&](size_t i) { return t.threads[i].switched_in != 0 || !t.threads[i].stays.empty(); };
  std::erase_if(order, [&](size_t i) { return !is_shown(i); });
  if (order.empty()) return {};
  size_t left_out = 0;
  if (order.size() > kMostRows) {
    left_out = order.size() - kMostRows;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::pair(t.threads[b].run_ns, a) < std::pair(t.threads[a].run_ns, b); });
    order.resize(kMostRows);
    std::sort(order.begin(), order.end());
  }
  Table table({"thread", "run µs", "share", "user", "in", "preempted", "yielded", "blocked", "ended", "throttled", "ready µs", "waits µs"});
  for (const size_t i : order) {
    const Timeline::Thread& thread = t.threads[i];
    std::vector<std::string> cells = {fmt::format("{} {}", letter_of(static_cast<int>(i)), t.name_of(thread)), fmt::format("{:.1f}", us(thread.run_ns)),
                                      fmt::format("{:.1f} %", percent(thread.run_ns, t.to - t.from)),
                                      fmt::format("{:.0f} %", percent(thread.user_ns, thread.run_ns)), fmt::format("{}", thread.switched_in)};
    for (size_t reason = 1; reason < thread.stopped.size(); ++reason) cells.push_back(fmt::format("{}", thread.stopped[reason]));
    cells.push_back(fmt::format("{:.1f}", us(thread.ready_ns)));
    cells.push_back(fmt::format("{:.1f}", us(thread.blocked_ns)));
    table.add(std::move(cells));
  }
  return "threads: time on a hart, share of one, thereof in user mode; how often switched in, and why they stopped; time ready and waiting\n" + table.text() +
         (left_out == 0 ? "" : fmt::format("  and {} more that ran less\n", left_out)) + "\n";
}

std::string hart_table(const Timeline& t) {
  Table table({"hart", "run µs", "idle µs", "idle", "switches", "traps"});
  for (size_t i = 0; i < t.harts.size(); ++i) {
    const Timeline::Hart& hart = t.harts[i];
    table.add({fmt::format("{}", i), fmt::format("{:.1f}", us(hart.run_ns)), fmt::format("{:.1f}", us(hart.idle_ns)),
               fmt::format("{:.1f} %", percent(hart.idle_ns, hart.run_ns + hart.idle_ns)), fmt::format("{}", hart.switches), fmt::format("{}", hart.traps)});
  }
  return table.text() + "\n";
}

std::string user_thread_table(const Timeline& t) {
  if (t.user_threads.empty()) return {};
  std::vector<const Timeline::UserThread*> order;
  for (const Timeline::UserThread& thread : t.user_threads)
    if (thread.switched_in != 0 || thread.run_ns != 0) order.push_back(&thread);
  if (order.empty()) return {};
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return std::pair(b->run_ns, a) < std::pair(a->run_ns, b); });
  const size_t left_out = order.size() > kMostUserRows ? order.size() - kMostUserRows : 0;
  order.resize(order.size() - left_out);
  Table table({"user-level thread", "run µs", "switched in"});
  for (const Timeline::UserThread* thread : order) {
    const auto name = t.process_names.find(thread->process);
    table.add({fmt::format("{} {}/{}", name == t.process_names.end() ? "" : name->second, thread->process, thread->thread), fmt::format("{:.1f}", us(thread->run_ns)),
               fmt::format("{}", thread->switched_in)});
  }
  return table.text() + (left_out == 0 ? "" : fmt::format("  and {} more that ran less\n", left_out)) + "\n";
}

std::string trap_table(const Timeline& t) {
  if (t.traps.empty()) return {};
  Table table({"traps", "times"});
  for (const auto& [detail, count] : t.traps) table.add({trap_text(detail), fmt::format("{}", count)});
  return table.text() + "\n";
}

std::string measured_table(const Timeline& t) {
  std::map<std::string, std::pair<uint64_t, uint64_t>> sums;
  for (const Timeline::Measured& m : t.measured) {
    ++sums[m.name].first;
    sums[m.name].second += m.to - m.from;
  }
  if (sums.empty()) return {};
  Table table({"measured", "times", "µs"});
  for (const auto& [name, sum] : sums) table.add({name, fmt::format("{}", sum.first), fmt::format("{:.1f}", us(sum.second))});
  return table.text() + "\n";
}

}  // namespace

char letter_of(int thread) noexcept {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return thread >= 0 && static_cast<size_t>(thread) < kLetters.size() ? kLetters[static_cast<size_t>(thread)] : '*';
}

std::string timeline_text(const Timeline& t, size_t width) {
  std::string text = fmt::format("{} events, {:.1f} to {:.1f} µs on {} hart{}; a letter is a thread, a dot an idle hart\n\n", t.events, us(t.from), us(t.to),
                                 t.harts.size(), t.harts.size() == 1 ? "" : "s");
  text += lanes(t, width) + thread_table(t) + hart_table(t) + user_thread_table(t) + trap_table(t) + measured_table(t);
  text.pop_back();  // one of the two at the end
  return text;
}

}  // namespace rvx::cli
