// Raw mode of the host's terminal: termios settings and async-signal-safe handlers.
#include "devices/terminal_guard.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace rvx {

std::atomic<TerminalGuard*> TerminalGuard::active_{nullptr};

struct TerminalGuard::Watched {
  int signal;
  enum { kIgnore, kEnd, kCrash, kStop, kContinue } effect;
};

const TerminalGuard::Watched TerminalGuard::kWatched[kSignals] = {
    {SIGPIPE, Watched::kIgnore}, {SIGINT, Watched::kEnd},   {SIGTERM, Watched::kEnd},
    {SIGHUP, Watched::kEnd},     {SIGQUIT, Watched::kEnd},  {SIGSEGV, Watched::kCrash},
    {SIGBUS, Watched::kCrash},   {SIGILL, Watched::kCrash}, {SIGFPE, Watched::kCrash},
    {SIGABRT, Watched::kCrash},  {SIGTSTP, Watched::kStop}, {SIGCONT, Watched::kContinue},
};

namespace {

constexpr int kPatienceMs = 100;       // for a reader of our output, inside a signal handler
constexpr size_t kAtomicWrite = 4096;  // what a pipe that polls writable takes without blocking

bool is_default(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

bool is_ignored(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

// Everything typed goes through as it is. Output processing stays on, so that a guest's bare line
// feed starts a new line at the left.
termios raw_mode(termios mode) noexcept {
  mode.c_iflag &= ~tcflag_t{IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON};
  mode.c_lflag &= ~tcflag_t{ECHO | ECHONL | ICANON | ISIG | IEXTEN};
  mode.c_cflag &= ~tcflag_t{CSIZE | PARENB};
  mode.c_cflag |= CS8;
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  return mode;
}

}  // namespace

TerminalGuard::TerminalGuard(int input_fd, bool wants_raw, PendingOutput& output)
    : input_fd_(input_fd), wants_raw_(wants_raw), output_(output) {
  if (wants_raw_) wants_raw_ = ::tcgetattr(input_fd_, &cooked_) == 0;
  if (wants_raw_) raw_ = raw_mode(cooked_);

  TerminalGuard* none = nullptr;
  if (active_.compare_exchange_strong(none, this)) {
    static std::atomic_flag exit_watched = ATOMIC_FLAG_INIT;
    if (!exit_watched.test_and_set()) std::atexit(&TerminalGuard::on_exit);
    for (size_t i = 0; i < kSignals; ++i) install(i);
  }
  enter_raw();
}

TerminalGuard::~TerminalGuard() {
  leave_raw();
  if (active_.load() != this) return;
  for (size_t i = 0; i < kSignals; ++i) uninstall(i);
  active_.store(nullptr);
}

void TerminalGuard::enter_raw() noexcept {
  if (!wants_raw_ || is_raw()) return;
  // -1: not our controlling terminal, hence no job control on it.
  const pid_t foreground = ::tcgetpgrp(input_fd_);
  if (foreground >= 0 && foreground != ::getpgrp()) return;
  if (::tcsetattr(input_fd_, TCSANOW, &raw_) == 0) is_raw_.store(true);
}

void TerminalGuard::leave_raw() noexcept {
  if (is_raw_.exchange(false)) (void)::tcsetattr(input_fd_, TCSANOW, &cooked_);
}

// --- Signals ------------------------------------------------------------------------------------

size_t TerminalGuard::index_of(int signal) noexcept {
  size_t i = 0;
  while (i + 1 < kSignals && kWatched[i].signal != signal) ++i;
  return i;
}

void TerminalGuard::install(size_t index) noexcept {
  const Watched& watched = kWatched[index];
  struct sigaction& previous = previous_[index];
  if (::sigaction(watched.signal, nullptr, &previous) != 0) return;

  struct sigaction action {};
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  switch (watched.effect) {
    case Watched::kIgnore:
      if (!is_default(previous)) return;
      action.sa_handler = SIG_IGN;
      break;
    case Watched::kEnd:
      if (is_ignored(previous)) return;
      action.sa_handler = &TerminalGuard::on_end;
      break;
    case Watched::kCrash:
      if (!is_default(previous)) return;
      action.sa_handler = &TerminalGuard::on_end;
      break;
    case Watched::kStop:
      if (!is_default(previous)) return;
      action.sa_handler = &TerminalGuard::on_stop;
      break;
    case Watched::kContinue:
      action.sa_sigaction = &TerminalGuard::on_continue;
      action.sa_flags |= SA_SIGINFO;
      break;
  }
  installed_[index] = ::sigaction(watched.signal, &action, nullptr) == 0;
}

// Whoever installed a handler after us keeps it.
void TerminalGuard::uninstall(size_t index) noexcept {
  if (!installed_[index]) return;
  installed_[index] = false;
  struct sigaction now {};
  if (::sigaction(kWatched[index].signal, nullptr, &now) != 0) return;
  const bool is_ours = (now.sa_flags & SA_SIGINFO) != 0
                           ? now.sa_sigaction == &TerminalGuard::on_continue
                           : now.sa_handler == &TerminalGuard::on_end ||
                                 now.sa_handler == &TerminalGuard::on_stop ||
                                 (kWatched[index].effect == Watched::kIgnore && is_ignored(now));
  if (is_ours) (void)::sigaction(kWatched[index].signal, &previous_[index], nullptr);
}

// The end of the process: restore, then let the signal do what it did before us. It is blocked
// while its handler runs, so the raised one is delivered on return.
void TerminalGuard::on_end(int signal) {
  const int saved_errno = errno;
  if (TerminalGuard* guard = active_.load()) {
    guard->write_out();
    guard->leave_raw();
    (void)::sigaction(signal, &guard->previous_[index_of(signal)], nullptr);
  } else {
    (void)::signal(signal, SIG_DFL);
  }
  (void)::raise(signal);
  errno = saved_errno;
}

// Stop as a process without handlers would, and come back when continued.
void TerminalGuard::on_stop(int signal) {
  const int saved_errno = errno;
  TerminalGuard* guard = active_.load();
  if (guard != nullptr) {
    guard->write_out();
    guard->leave_raw();
  }
  struct sigaction ours {
  }, stop{};
  stop.sa_handler = SIG_DFL;
  (void)::sigaction(signal, &stop, &ours);
  (void)::raise(signal);
  sigset_t unblocked, before;
  ::sigemptyset(&unblocked);
  ::sigaddset(&unblocked, signal);
  (void)::pthread_sigmask(SIG_UNBLOCK, &unblocked, &before);  // the process stops here
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  (void)::sigaction(signal, &ours, nullptr);
  if (guard != nullptr) guard->enter_raw();
  errno = saved_errno;
}

// After fg, also when SIGSTOP had stopped us and the shell had changed the terminal meanwhile.
void TerminalGuard::on_continue(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  if (TerminalGuard* guard = active_.load()) {
    guard->is_raw_.store(false);
    guard->enter_raw();
    const struct sigaction& previous = guard->previous_[index_of(signal)];
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
      previous.sa_sigaction(signal, info, context);
    } else if (!is_default(previous) && !is_ignored(previous)) {
      previous.sa_handler(signal);
    }
  }
  errno = saved_errno;
}

void TerminalGuard::on_exit() {
  if (TerminalGuard* guard = active_.load()) {
    guard->write_out();
    guard->leave_raw();
  }
}

// What fits into the output without waiting for long. A write in progress already carries the
// bytes.
void TerminalGuard::write_out() noexcept {
  if (output_.writing.load()) return;
  size_t begin = output_.begin.load();
  const size_t end = output_.end.load();
  while (begin < end) {
    pollfd writable{output_.fd, POLLOUT, 0};
    if (::poll(&writable, 1, kPatienceMs) <= 0 || (writable.revents & POLLOUT) == 0) return;
    const ssize_t count =
        ::write(output_.fd, output_.bytes.data() + begin, std::min(end - begin, kAtomicWrite));
    if (count <= 0) return;
    begin += static_cast<size_t>(count);
    output_.begin.store(begin);
  }
}

}  // namespace rvx
