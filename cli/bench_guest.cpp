// Where programs are measured: a guest that stays booted and takes orders, or one process for each
// run.
#include "cli/bench_guest.hpp"

#include <charconv>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

constexpr std::string_view kInitLine = "bench-init";
constexpr std::string_view kReadyLine = "bench-ready";
constexpr std::string_view kAnswer = "bench-done ";
constexpr std::string_view kError = "bench-error ";
constexpr std::string_view kOutput = "bench-output ";
constexpr std::string_view kChecksum = "checksum ";
constexpr uint64_t kPowerOffNs = 3'000'000'000;
constexpr uint64_t kEndNs = 10'000'000'000;  // for a process that has closed its output
constexpr size_t kKeptOutput = size_t{1} << 20;

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// A number that fills all of `text`.
template <class Number>
bool parse_all(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

// The console may end lines with \r, and the echo of a prompt may stand before a line.
std::string_view stripped(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  while (line.starts_with('\r')) line.remove_prefix(1);
  return line;
}

std::string wait_failure(LineEnd end, uint64_t timeout_ns) {
  if (end == LineEnd::kTimeout) return fmt::format("not done after {:g} s", seconds(timeout_ns));
  return "interrupted";
}

// "it ended with status 1: what it said last"
std::string end_text(BenchChild& child, std::string_view last_line) {
  const ChildEnd end = child.finish(kEndNs);
  const std::string words = child.last_words();
  const std::string said = words.empty() ? one_line(last_line) : words;
  return end.text() + (said.empty() ? "" : ": " + said);
}

}  // namespace

std::optional<RunnerAnswer> parse_runner_answer(std::string_view line) {
  line = stripped(line);
  if (!line.starts_with(kAnswer)) return std::nullopt;
  line.remove_prefix(kAnswer.size());
  RunnerAnswer answer;
  bool has_status = false, has_time = false;
  while (!line.empty()) {
    const size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    if (answer.name.empty()) {
      answer.name = word;
      continue;
    }
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
    uint64_t ns = 0;
    if (key == "checksum") {
      if (value != "-") answer.checksum = value;
    } else if (key == "status") {
      if (!parse_all(value, answer.status)) return std::nullopt;
      has_status = true;
    } else if (key == "ns" || key == "user_ns" || key == "sys_ns") {
      if (!parse_all(value, ns)) return std::nullopt;
      (key == "ns"        ? answer.wall_s
       : key == "user_ns" ? answer.user_s
                          : answer.system_s) = seconds(ns);
      has_time = has_time || key == "ns";
    }
  }
  if (!has_status || !has_time) return std::nullopt;
  return answer;
}

std::string checksum_of_output(std::string_view output) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  std::string_view last;
  while (!output.empty()) {
    const size_t end = output.find('\n');
    const std::string_view line = stripped(output.substr(0, end));
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    if (line.empty()) continue;
    for (const char c : line) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    hash = (hash ^ '\n') * 0x100000001b3;
    last = line;
  }
  if (last.starts_with(kChecksum)) return one_line(last.substr(kChecksum.size()));
  return fmt::format("{}{:016x}", kOutputHash, hash);
}

bool BenchGuest::await(uint64_t start_ns, uint64_t timeout_ns,
                       const std::function<bool(std::string_view)>& is_it, std::string& failure) {
  std::string line;
  for (;;) {
    const LineEnd end = child_->read_line(line, start_ns + timeout_ns, signals_);
    if (end != LineEnd::kLine) {
      failure =
          end == LineEnd::kClosed ? end_text(*child_, last_line_) : wait_failure(end, timeout_ns);
      child_.reset();
      return false;
    }
    const std::string_view text = stripped(line);
    if (is_it(text)) return true;
    if (!text.empty()) last_line_ = text;
  }
}

Result<BenchGuest::BootTimes> BenchGuest::boot(uint64_t timeout_ns) {
  child_.reset();
  last_line_.clear();
  Result<BenchChild> child = BenchChild::start(words_);
  if (!child) return child.error();
  child_ = std::make_unique<BenchChild>(std::move(*child));
  const uint64_t start = child_->started_ns();
  BootTimes times;
  std::string failure;
  const auto is_ready = [&](std::string_view line) {
    if (times.init_s == 0 && (line == kInitLine || line == kReadyLine))
      times.init_s = seconds(monotonic_ns() - start);
    return line == kReadyLine;
  };
  if (!await(start, timeout_ns, is_ready, failure))
    return usage_error("it did not boot: " + failure);
  times.ready_s = seconds(monotonic_ns() - start);
  return times;
}

BenchSample BenchGuest::run(const std::string& name, const std::string& arguments,
                            uint64_t timeout_ns) {
  BenchSample sample;
  if (!child_ && boot_failure_.empty()) {
    if (const auto booted = boot(timeout_ns); !booted) boot_failure_ = booted.error().text;
  }
  if (!child_) {
    sample.failure = boot_failure_;
    return sample;
  }
  const std::string order =
      fmt::format("run {}{}{}\n", name, arguments.empty() ? "" : " ", arguments);
  std::optional<RunnerAnswer> answer;
  std::string output;
  const auto is_answer = [&](std::string_view line) {
    if (line.starts_with(kOutput)) output.append(line.substr(kOutput.size())) += '\n';
    if (line.starts_with(kError)) sample.failure = one_line(line.substr(kError.size()));
    answer = parse_runner_answer(line);
    return !sample.failure.empty() || (answer && answer->name == name);
  };
  last_line_.clear();
  const uint64_t start = monotonic_ns();
  // Where it reads no more, the reason comes out of its stdout's end.
  (void)child_->send(order);
  if (!await(start, timeout_ns, is_answer, sample.failure)) return sample;
  sample.value = seconds(monotonic_ns() - start);
  if (!sample.failure.empty()) return sample;
  sample.guest_s = answer->wall_s;
  sample.user_s = answer->user_s;
  sample.system_s = answer->system_s;
  sample.checksum = answer->checksum.empty() ? checksum_of_output(output) : answer->checksum;
  if (answer->status != 0)
    sample.failure = fmt::format("status {}{}", answer->status,
                                 last_line_.empty() ? "" : ": " + one_line(last_line_));
  return sample;
}

void BenchGuest::power_off() {
  if (!child_) return;
  if (child_->send("off\n")) (void)child_->finish(kPowerOffNs);
  child_.reset();
}

BenchSample run_process(const std::vector<std::string>& words, bool joined, uint64_t timeout_ns,
                        const StopSignals& signals) {
  BenchSample sample;
  Result<BenchChild> child = BenchChild::start(words, joined);
  if (!child) {
    sample.failure = child.error().text;
    return sample;
  }
  const uint64_t deadline = child->started_ns() + timeout_ns;
  std::string line, last, output;
  LineEnd end{};
  while ((end = child->read_line(line, deadline, signals)) == LineEnd::kLine) {
    output += line + '\n';
    if (!line.empty()) last = line;
    if (output.size() > 2 * kKeptOutput) output.erase(0, output.size() - kKeptOutput);
  }
  if (end != LineEnd::kClosed) {
    sample.failure = wait_failure(end, timeout_ns);
    return sample;
  }
  const ChildEnd ended = child->finish(kEndNs);
  sample.value = seconds(monotonic_ns() - child->started_ns());
  sample.user_s = ended.user_s;
  sample.system_s = ended.system_s;
  sample.checksum = checksum_of_output(output);
  if (!ended.is_success()) {
    const std::string said = joined ? one_line(last) : child->last_words();
    sample.failure = ended.text() + (said.empty() ? "" : ": " + said);
  }
  return sample;
}

}  // namespace rvx::cli
