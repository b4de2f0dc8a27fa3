// Raw mode of the host's terminal, taken back whichever way the process stops or ends.
#pragma once

#include <signal.h>
#include <termios.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace rvx {

// Output that has not reached the host yet. The owner appends and writes under a lock of its own;
// a signal handler may write out what lies between `begin` and `end` unless `writing` is set.
struct PendingOutput {
  static constexpr size_t kBytes = 64 * 1024;

  std::array<uint8_t, kBytes> bytes;
  std::atomic<size_t> begin{0};
  std::atomic<size_t> end{0};
  std::atomic<bool> writing{false};
  int fd = -1;
};

// While it lives: SIGPIPE is ignored; signals that end or crash the process first write out what is
// pending and restore the terminal, then take their former effect; SIGTSTP and SIGCONT leave raw
// mode and enter it again; exit() restores, too. Signals that were ignored stay ignored, and a
// crash handler that is already there stays in place.
//
// Signal handlers need a static pointer to the guard, so one guard at a time holds the signals. A
// second one controls its terminal's mode and nothing else.
class TerminalGuard {
 public:
  // `input_fd`: descriptor whose terminal mode is meant. `wants_raw` has no effect when it is not a
  // terminal.
  TerminalGuard(int input_fd, bool wants_raw, PendingOutput& output);
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  [[nodiscard]] bool wants_raw() const noexcept { return wants_raw_; }
  [[nodiscard]] bool is_raw() const noexcept { return is_raw_.load(); }

  // Enter raw mode unless the process is in the background, where touching the terminal would stop
  // it. Async-signal-safe.
  void enter_raw() noexcept;
  // Async-signal-safe.
  void leave_raw() noexcept;

 private:
  static constexpr size_t kSignals = 12;

  static void on_end(int signal);
  static void on_stop(int signal);
  static void on_continue(int signal, siginfo_t* info, void* context);
  static void on_exit();
  struct Watched;
  static const Watched kWatched[kSignals];
  static size_t index_of(int signal) noexcept;

  void install(size_t index) noexcept;
  void uninstall(size_t index) noexcept;
  void write_out() noexcept;

  static std::atomic<TerminalGuard*> active_;

  const int input_fd_;
  bool wants_raw_;
  std::atomic<bool> is_raw_{false};
  PendingOutput& output_;
  termios cooked_{};
  termios raw_{};
  std::array<struct sigaction, kSignals> previous_{};
  std::array<bool, kSignals> installed_{};
};

}  // namespace rvx
