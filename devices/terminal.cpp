// The host's console: buffering of output, reading of input, the Ctrl-A commands.
#include "devices/terminal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rvx {
namespace {

constexpr size_t kFlushBytes = 4096;
constexpr size_t kReadBytes = 4096;
constexpr size_t kMaxTyped = 64 * 1024;  // beyond this the host keeps what is typed
constexpr int kBackgroundPollMs = 500;   // how often to see whether we are in the foreground again
constexpr uint8_t kEscape = 0x01;        // Ctrl-A

constexpr char kHelp[] =
    "\n"
    "Ctrl-A h       this help\n"
    "Ctrl-A x       end the machine\n"
    "Ctrl-A Ctrl-A  send Ctrl-A\n";

bool is_regular_file(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Terminal::Terminal(const TerminalOptions& options)
    : options_(options),
      flush_lines_(!is_regular_file(options.output_fd)),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      output_(std::make_unique<PendingOutput>()),
      guard_(options.input_fd, options.raw, *output_) {
  output_->fd = options.output_fd;
}

Terminal::~Terminal() {
  {
    const std::lock_guard lock(output_mutex_);
    write_out(true);
  }
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

// --- Output -------------------------------------------------------------------------------------

void Terminal::put(const uint8_t* bytes, size_t count) noexcept {
  if (count == 0) return;
  bool is_waiting = false;
  {
    const std::lock_guard lock(output_mutex_);
    const bool ends_line = flush_lines_ && std::memchr(bytes, '\n', count) != nullptr;
    while (count > 0 && !output_lost_) {
      const size_t end = output_->end.load();
      const size_t part = std::min(count, PendingOutput::kBytes - end);
      std::memcpy(output_->bytes.data() + end, bytes, part);
      output_->end.store(end + part);
      bytes += part;
      count -= part;
      if (output_->end.load() == PendingOutput::kBytes) write_out(true);
    }
    if (ends_line || output_->end.load() - output_->begin.load() >= kFlushBytes) write_out(false);
    is_waiting = has_output();
  }
  if (is_waiting && is_polled_.exchange(false)) wake();
}

void Terminal::flush() noexcept {
  const std::lock_guard lock(output_mutex_);
  write_out(false);
}

// Write what is pending, all of it with `wait`, else until stdout would block.
void Terminal::write_out(bool wait) noexcept {
  PendingOutput& out = *output_;
  out.writing.store(true);  // before `begin` is read: a signal handler moves it otherwise
  while (has_output()) {
    const size_t begin = out.begin.load();
    const ssize_t count =
        ::write(options_.output_fd, out.bytes.data() + begin, out.end.load() - begin);
    if (count >= 0) {
      out.begin.store(begin + static_cast<size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait) break;
      pollfd writable{options_.output_fd, POLLOUT, 0};
      (void)::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      output_lost_.store(true);
      out.begin.store(out.end.load());
    }
  }
  if (!has_output()) {
    out.end.store(0);
    out.begin.store(0);
  }
  out.writing.store(false);
}

void Terminal::wake() noexcept {
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

// --- Polling ------------------------------------------------------------------------------------

bool Terminal::wants_input() const noexcept {
  if (input_ended_) return false;
  if (!guard_.wants_raw()) return target_ != nullptr && target_->room() > 0;
  // Commands must work while the target is stuck, so what is typed is taken in anyway.
  return guard_.is_raw() && typed_.size() < kMaxTyped;
}

void Terminal::prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) {
  guard_.enter_raw();
  deliver();
  is_polled_.store(true);  // before flushing: what is put from now on wakes the poll
  flush();
  fds.push_back({wake_fd_, POLLIN, 0});
  if (has_output()) fds.push_back({options_.output_fd, POLLOUT, 0});
  if (wants_input()) fds.push_back({options_.input_fd, POLLIN, 0});
  if (guard_.wants_raw() && !guard_.is_raw() && !input_ended_ &&
      (timeout_ms < 0 || timeout_ms > kBackgroundPollMs)) {
    timeout_ms = kBackgroundPollMs;
  }
}

void Terminal::finish_poll(const pollfd* fds, size_t count) {
  is_polled_.store(false);
  for (size_t i = 0; i < count; ++i) {
    if (fds[i].revents == 0) continue;
    if (fds[i].fd == wake_fd_) {
      uint64_t ignored = 0;
      (void)!::read(wake_fd_, &ignored, sizeof ignored);
    } else if ((fds[i].events & POLLIN) != 0) {
      read_input();
    }
  }
  deliver();
  flush();
}

// --- Input --------------------------------------------------------------------------------------

// Called when the input is readable, has ended or has failed.
void Terminal::read_input() noexcept {
  uint8_t bytes[kReadBytes];
  size_t wanted = sizeof bytes;
  if (!guard_.wants_raw()) wanted = target_ == nullptr ? 0 : std::min(wanted, target_->room());
  if (wanted == 0) return;
  const ssize_t count = ::read(options_.input_fd, bytes, wanted);
  if (count > 0) {
    if (guard_.wants_raw()) {
      take_typed(bytes, static_cast<size_t>(count));
    } else {
      target_->receive(bytes, static_cast<size_t>(count));
    }
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    input_ended_ = true;
  }
}

void Terminal::take_typed(const uint8_t* bytes, size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) {
    if (after_escape_) {
      after_escape_ = false;
      run_command(bytes[i]);
    } else if (bytes[i] == kEscape) {
      after_escape_ = true;
    } else {
      typed_.push_back(static_cast<char>(bytes[i]));
    }
  }
}

void Terminal::run_command(uint8_t key) noexcept {
  switch (key) {
    case kEscape: typed_.push_back(static_cast<char>(kEscape)); break;
    case 'x':
      if (on_quit) on_quit();
      break;
    case 'h':
      flush();
      (void)!::write(options_.message_fd, kHelp, sizeof kHelp - 1);
      break;
    default: break;
  }
}

void Terminal::deliver() noexcept {
  if (target_ != nullptr && !typed_.empty()) {
    const size_t count = std::min(typed_.size(), target_->room());
    if (count > 0) {
      target_->receive(reinterpret_cast<const uint8_t*>(typed_.data()), count);
      typed_.erase(0, count);
    }
  }
  if (input_ended_ && typed_.empty() && !end_announced_) {
    end_announced_ = true;
    if (on_input_end) on_input_end();
  }
}

}  // namespace rvx
