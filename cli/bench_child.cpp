// A child process on pipes: lines out of it with a deadline, its end with what it cost.
#include "cli/bench_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

constexpr uint64_t kNapNs = 200'000'000;  // between looks at a signal that came just before a wait
constexpr int kCannotStart = 127;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// In the child, between fork() and exec.
[[noreturn]] void become(char* const* argv, int in, int out, int errors, int report, pid_t parent) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotStart);
  (void)::setsid();
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &usual, nullptr);
  (void)::dup2(in, 0);
  (void)::dup2(out, 1);
  (void)::dup2(errors, 2);
  ::execvp(argv[0], argv);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(kCannotStart);
}

}  // namespace

uint64_t monotonic_ns() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

std::string ChildEnd::text() const {
  if (WIFSIGNALED(status))
    return fmt::format("it was ended by signal {} ({})", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)));
  return fmt::format("it ended with status {}", WEXITSTATUS(status));
}

Result<BenchChild> BenchChild::start(std::span<const std::string> words, bool joined) {
  BenchChild child;
  std::vector<std::string> copies(words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);

  std::array<int, 2> in{-1, -1}, out{-1, -1}, report{-1, -1};
  child.errors_ = ::memfd_create("rvx-bench", MFD_CLOEXEC);
  const bool has_pipes = child.errors_ >= 0 && ::pipe2(in.data(), O_CLOEXEC) == 0 &&
                         ::pipe2(out.data(), O_CLOEXEC) == 0 &&
                         ::pipe2(report.data(), O_CLOEXEC) == 0;
  child.in_ = in[1];
  child.out_ = out[0];
  const pid_t parent = ::getpid();
  int error = 0;
  child.started_ns_ = monotonic_ns();
  child.pid_ = has_pipes ? ::fork() : -1;
  if (child.pid_ == 0) {
    become(argv.data(), in[0], out[1], joined ? out[1] : child.errors_, report[1], parent);
  }
  if (child.pid_ < 0) error = errno;
  for (const int fd : {in[0], out[1], report[1]})
    if (fd >= 0) ::close(fd);
  // exec closes the pipe; whatever comes out of it is why there was no exec.
  if (child.pid_ > 0) (void)!::read(report[0], &error, sizeof error);
  if (report[0] >= 0) ::close(report[0]);
  if (error != 0) {
    const std::string text = fmt::format("cannot start {}: {}", words[0], std::strerror(error));
    return error == ENOENT ? not_found_error(text) : unusable_error(text);
  }
  return child;
}

BenchChild::BenchChild(BenchChild&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      in_(std::exchange(other.in_, -1)),
      out_(std::exchange(other.out_, -1)),
      errors_(std::exchange(other.errors_, -1)),
      started_ns_(other.started_ns_),
      buffer_(std::move(other.buffer_)),
      scanned_(other.scanned_),
      end_(other.end_) {}

BenchChild::~BenchChild() {
  if (pid_ > 0 && !end_) (void)finish(0);
  for (const int fd : {in_, out_, errors_})
    if (fd >= 0) ::close(fd);
}

bool BenchChild::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(in_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

LineEnd BenchChild::read_line(std::string& line, uint64_t deadline_ns, const StopSignals& signals) {
  for (;;) {
    if (const size_t end = buffer_.find('\n', scanned_); end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      scanned_ = 0;
      return LineEnd::kLine;
    }
    scanned_ = buffer_.size();
    if (signals.received() != 0) return LineEnd::kInterrupted;
    const uint64_t now = monotonic_ns();
    if (now >= deadline_ns) return LineEnd::kTimeout;
    const uint64_t wait_ns = std::min(deadline_ns - now, kNapNs);
    pollfd wait{out_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(wait_ns / 1'000'000 + 1)) <= 0) continue;
    std::array<char, 16384> bytes;
    const ssize_t got = ::read(out_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      if (buffer_.empty()) return LineEnd::kClosed;
      line = std::exchange(buffer_, {});
      scanned_ = 0;
      return LineEnd::kLine;
    }
    buffer_.append(bytes.data(), static_cast<size_t>(got));
  }
}

ChildEnd BenchChild::finish(uint64_t patience_ns) {
  if (end_) return *end_;
  const uint64_t deadline = monotonic_ns() + patience_ns;
  int status = 0;
  rusage usage{};
  pid_t done = 0;
  while (patience_ns > 0 && (done = ::wait4(pid_, &status, WNOHANG, &usage)) == 0 &&
         monotonic_ns() < deadline) {
    constexpr timespec kPause{0, 200'000};
    (void)::nanosleep(&kPause, nullptr);
  }
  if (done == 0) {
    (void)::kill(-pid_, SIGKILL);  // what it may have started, too
    (void)::kill(pid_, SIGKILL);
    while ((done = ::wait4(pid_, &status, 0, &usage)) < 0 && errno == EINTR) {
    }
  }
  end_ = ChildEnd{status, seconds(usage.ru_utime), seconds(usage.ru_stime)};
  return *end_;
}

double BenchChild::processor_s() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::string BenchChild::last_words() const {
  std::array<char, 4096> bytes;
  const off_t size = ::lseek(errors_, 0, SEEK_CUR);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(bytes.size()));
  const ssize_t got = ::pread(errors_, bytes.data(), bytes.size(), from);
  std::string_view text(bytes.data(), got > 0 ? static_cast<size_t>(got) : 0);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (const size_t start = text.rfind('\n'); start != std::string_view::npos)
    text.remove_prefix(start + 1);
  return one_line(text);
}

}  // namespace rvx::cli
