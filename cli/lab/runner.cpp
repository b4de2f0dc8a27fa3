// Children that run points, and the files each of them gets and gives.
#include "cli/lab/runner.hpp"

#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "cli/bench_child.hpp"
#include "cli/lab/child_files.hpp"
#include "cli/output_file.hpp"
#include "cli/software.hpp"
#include "machine/cpio.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli::lab {
namespace {

constexpr double kPatienceS = 60;  // beyond the time that a child limits itself to

// The initramfs of Debian with the lab's programs behind it.
Outcome write_initrd(const std::string& path, const std::map<std::string, std::string>& files) {
  const auto debian = FileBytes::open(debian_directory() + "/initramfs.cpio");
  if (!debian) return debian.error();
  CpioWriter writer;
  for (const auto& [name, file] : files) {
    const auto contents = FileBytes::open(file);
    if (!contents) return contents.error();
    if (Outcome added = writer.add_file(name, (*contents)->bytes(), 0755); !added) return added;
  }
  const auto bytes = (*debian)->bytes();
  std::string all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  all.append(cpio_padding(all.size()), '\0');
  const std::vector<uint8_t> ours = writer.finish();
  all.append(reinterpret_cast<const char*>(ours.data()), ours.size());
  return write_output("the initrd", path, all);
}

class Runner {
 public:
  Runner(const RunnerPlan& plan, KeptResults& kept, Results& results, const StopSignals& signals, const std::string& folder)
      : plan_(plan), kept_(kept), results_(results), signals_(signals), folder_(folder) {}

  Outcome prepare() {
    for (size_t i = 0; i < results_.commands.size(); ++i) {
      const PointCommand& command = results_.commands[i];
      keys_.push_back(kept_.key_of(command));
      if (!command.added_files.empty() && !has_initrd_) {
        if (Outcome written = write_initrd(initrd(), command.added_files); !written) return written;
        has_initrd_ = true;
      }
      if (plan_.is_fresh) continue;
      if (auto known = kept_.find(keys_[i])) {
        results_.points[i] = std::move(*known);
        ++done_;
      }
    }
    return std::monostate{};
  }

  void run() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < plan_.jobs; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
  }

 private:
  [[nodiscard]] std::string initrd() const { return folder_ + "/initrd"; }

  // One of the threads. A child dies with the thread that started it, and so each waits for its own.
  void work() {
    for (;;) {
      size_t index = 0;
      {
        const std::lock_guard lock(mutex_);
        while (next_ < results_.points.size() && results_.points[next_].is_kept) ++next_;
        if (next_ == results_.points.size()) return;
        index = next_++;
      }
      PointResult result = signals_.received() == 0 ? run_point(index) : PointResult{.failure = "interrupted"};
      const std::lock_guard lock(mutex_);
      if (result.is_ok()) kept_.put(keys_[index], result);
      ++done_;
      failed_ += result.is_ok() ? 0 : 1;
      results_.points[index] = std::move(result);
      if (plan_.on_progress) plan_.on_progress(done_, failed_);
    }
  }

  PointResult run_point(size_t index) {
    const PointCommand& command = results_.commands[index];
    Result<ChildFiles> files = make_child_files(command, plan_.places, fmt::format("{}/{}", folder_, index), initrd());
    if (!files) return {.failure = files.error().text};
    const uint64_t start = monotonic_ns();
    Result<BenchChild> child = BenchChild::start(files->words);
    if (!child) return {.failure = child.error().text};
    PointResult result = listen(*child);
    result.host_s = static_cast<double>(monotonic_ns() - start) / 1e9;
    if (result.is_ok() && !read_stats(files->stats, result)) result.failure = "it wrote no statistics";
    return result;
  }

  PointResult listen(BenchChild& child) {
    PointResult result;
    const auto deadline = child.started_ns() + static_cast<uint64_t>((results_.lab.machine.timeout_s + kPatienceS) * 1e9);
    std::string line, last;
    std::pair<std::string, double> output;
    for (;;) {
      const LineEnd end = child.read_line(line, deadline, signals_);
      if (end == LineEnd::kInterrupted) return {.failure = "interrupted"};
      if (end == LineEnd::kTimeout) return {.failure = "it did not end in time"};
      if (end == LineEnd::kClosed) break;
      if (read_output_line(line, output)) result.outputs.push_back(output);
      if (line.find_first_not_of(" \r") != std::string::npos) last = one_line(line);
    }
    const ChildEnd end = child.finish(static_cast<uint64_t>(kPatienceS * 1e9));
    if (end.is_success()) return result;
    std::string words = child.last_words();
    if (words.starts_with("rvx: ")) words = words.substr(5);
    if (words.empty()) words = last;
    result.failure = fmt::format("{}{}{}", end.text(), words.empty() ? "" : ": ", words);
    return result;
  }

  const RunnerPlan& plan_;
  KeptResults& kept_;
  Results& results_;
  const StopSignals& signals_;
  std::string folder_;
  std::vector<std::string> keys_;
  bool has_initrd_ = false;
  std::mutex mutex_;  // all below, results_.points and kept_
  size_t next_ = 0, done_ = 0, failed_ = 0;
};

}  // namespace

Outcome run_points(const RunnerPlan& plan, KeptResults& kept, Results& results, const StopSignals& signals) {
  if (results.lab.guest.kind != GuestKind::kBare)
    if (Outcome fetched = fetch_debian(); !fetched) return fetched;  // once, not by each child
  Result<std::unique_ptr<WorkFolder>> folder = WorkFolder::make();
  if (!folder) return folder.error();
  results.points.assign(results.commands.size(), {});
  Runner runner(plan, kept, results, signals, (*folder)->path());
  if (Outcome ready = runner.prepare(); !ready) return ready;
  runner.run();
  return std::monostate{};
}

}  // namespace rvx::cli::lab
