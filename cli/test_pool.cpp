// Many tests at once, each in a process of its own.
#include "cli/test_pool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

// What a worker tells its parent, followed by message and output.
struct Header {
  uint32_t complete;  // written last
  Verdict verdict;
  uint64_t instructions;
  uint64_t host_ns;
  uint64_t message_bytes;
  uint64_t output_bytes;
};

constexpr uint64_t kPatienceNs = 5'000'000'000;  // beyond the time that a test may take

uint64_t host_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

volatile sig_atomic_t pool_signal = 0;
void on_pool_signal(int signal) { pool_signal = signal; }

void write_all(int fd, const void* bytes, size_t count, off_t at) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::pwrite(fd, from, count, at);
    if (written <= 0) return;
    from += written;
    at += written;
    count -= static_cast<size_t>(written);
  }
}

std::string read_text(int fd, uint64_t count, off_t at) {
  std::string text(std::min<uint64_t>(count, 2 * TestResult::kOutputBytes), '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), at);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

class Pool {
 public:
  Pool(const TestPool& settings, std::span<const std::string> paths)
      : settings_(settings), paths_(paths), results_(paths.size()) {}

  Result<PoolOutcome> run() {
    struct sigaction action {
    }, old_int{}, old_term{}, old_hup{};
    pool_signal = 0;
    action.sa_handler = on_pool_signal;
    ::sigaction(SIGINT, &action, &old_int);
    ::sigaction(SIGTERM, &action, &old_term);
    ::sigaction(SIGHUP, &action, &old_hup);
    // SIGCHLD ends the naps of reap().
    sigset_t before;
    ::sigemptyset(&child_signal_);
    ::sigaddset(&child_signal_, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_signal_, &before);
    Result<PoolOutcome> outcome = supervise();
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::sigaction(SIGINT, &old_int, nullptr);
    ::sigaction(SIGTERM, &old_term, nullptr);
    ::sigaction(SIGHUP, &old_hup, nullptr);
    return outcome;
  }

 private:
  struct Worker {
    pid_t pid = 0;
    size_t index = 0;
    int fd = -1;               // memfd with its report
    uint64_t deadline_ns = 0;  // when patience with it ends, host time
    bool is_late = false;
  };

  Result<PoolOutcome> supervise() {
    PoolOutcome outcome;
    while (done_ < paths_.size()) {
      while (pool_signal == 0 && workers_.size() < settings_.jobs && next_ < paths_.size()) {
        Result<bool> started = start(next_++);
        if (!started) {
          end_all();
          return started.error();
        }
        if (*started) return PoolOutcome{true, 0};
      }
      if (pool_signal != 0) {
        end_all();
        outcome.interrupted_by = pool_signal;
        return outcome;
      }
      if (!workers_.empty()) reap();
      announce();
    }
    return outcome;
  }

  // Returns true in the worker, after its test.
  Result<bool> start(size_t index) {
    TestResult& result = results_[index].emplace();
    result.path = paths_[index];
    result.name = result.path.substr(result.path.rfind('/') + 1);
    if (std::string reason = reason_to_skip(result.path, settings_.config.isa); !reason.empty()) {
      result.verdict = Verdict::kSkipped;
      result.message = std::move(reason);
      finished(index);
      return false;
    }
    Worker worker;
    worker.index = index;
    worker.fd = ::memfd_create("rvx-test", MFD_CLOEXEC);
    worker.deadline_ns = host_ns() + settings_.config.timeout_ns.value_or(0) + kPatienceNs;
    if (worker.fd < 0)
      return usage_error(fmt::format("cannot start a test: {}", std::strerror(errno)));
    std::fflush(nullptr);
    const pid_t parent = ::getpid();
    worker.pid = ::fork();
    if (worker.pid < 0) {
      ::close(worker.fd);
      return usage_error(fmt::format("cannot start a test: {}", std::strerror(errno)));
    }
    if (worker.pid == 0) {
      work(worker, parent);
      return true;
    }
    workers_.push_back(worker);
    return false;
  }

  // In the worker.
  void work(const Worker& worker, pid_t parent) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) return;
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;  // Ctrl-C reaches all of us; the parent decides
    ::sigaction(SIGINT, &ignore, nullptr);
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(SIGTERM, &usual, nullptr);
    ::sigaction(SIGHUP, &usual, nullptr);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 2; ++fd) (void)::dup2(null, fd);

    TestResult& result = *results_[worker.index];
    run_test(result.path, settings_.config, result);
    Header header{0,
                  result.verdict,
                  result.instructions,
                  result.host_ns,
                  result.message.size(),
                  result.output.size()};
    write_all(worker.fd, result.message.data(), result.message.size(), sizeof header);
    write_all(worker.fd, result.output.data(), result.output.size(),
              static_cast<off_t>(sizeof header + result.message.size()));
    header.complete = 1;
    write_all(worker.fd, &header, sizeof header, 0);
  }

  // Wait for one worker, not for ever: whatever a guest does to its worker, its verdict comes.
  void reap() {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid == 0) {
      const uint64_t now = host_ns();
      for (Worker& worker : workers_) {
        if (now < worker.deadline_ns || worker.is_late) continue;
        worker.is_late = true;
        (void)::kill(worker.pid, SIGKILL);
      }
      constexpr timespec kNap{0, 200'000'000};
      ::sigtimedwait(&child_signal_, nullptr, &kNap);
      return;
    }
    if (pid < 0) return;
    for (size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i].pid != pid) continue;
      collect(workers_[i], status);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }

  void collect(const Worker& worker, int status) {
    TestResult& result = *results_[worker.index];
    Header header{};
    const bool is_complete =
        ::pread(worker.fd, &header, sizeof header, 0) == sizeof header && header.complete == 1;
    if (is_complete) {
      result.verdict = header.verdict;
      result.instructions = header.instructions;
      result.host_ns = header.host_ns;
      result.message = read_text(worker.fd, header.message_bytes, sizeof header);
      result.output = read_text(worker.fd, header.output_bytes,
                                static_cast<off_t>(sizeof header + header.message_bytes));
    } else if (worker.is_late) {
      result.verdict = Verdict::kTimeout;
      result.message = "it did not end when its time was over";
    } else {
      result.verdict = Verdict::kError;
      result.message =
          WIFSIGNALED(status)
              ? fmt::format("rvx was ended by signal {} ({})", WTERMSIG(status),
                            ::strsignal(WTERMSIG(status)))
              : fmt::format("rvx ended with status {} without a verdict", WEXITSTATUS(status));
    }
    ::close(worker.fd);
    finished(worker.index);
  }

  void finished(size_t) {
    ++done_;
    if (settings_.on_progress) settings_.on_progress(done_, paths_.size());
  }

  // Results in order, as far as they are there without a gap.
  void announce() {
    while (announced_ < results_.size() && results_[announced_] && !is_running(announced_)) {
      if (settings_.on_result) settings_.on_result(*results_[announced_]);
      results_[announced_]->output.clear();
      ++announced_;
    }
  }

  [[nodiscard]] bool is_running(size_t index) const {
    for (const Worker& worker : workers_)
      if (worker.index == index) return true;
    return false;
  }

  void end_all() {
    for (const Worker& worker : workers_) (void)::kill(worker.pid, SIGKILL);
    for (const Worker& worker : workers_) {
      (void)::waitpid(worker.pid, nullptr, 0);
      ::close(worker.fd);
    }
    workers_.clear();
  }

  const TestPool& settings_;
  std::span<const std::string> paths_;
  std::vector<std::optional<TestResult>> results_;
  std::vector<Worker> workers_;
  sigset_t child_signal_{};
  size_t next_ = 0;
  size_t done_ = 0;
  size_t announced_ = 0;
};

}  // namespace

Result<PoolOutcome> run_tests(const TestPool& pool, std::span<const std::string> paths) {
  return Pool(pool, paths).run();
}

}  // namespace rvx::cli
