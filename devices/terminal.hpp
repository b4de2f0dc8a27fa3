// The host's console: guest output to stdout, typed bytes to a receiver, Ctrl-A commands.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "devices/device.hpp"
#include "devices/terminal_guard.hpp"

namespace rvx {

struct TerminalOptions {
  int input_fd = 0;
  int output_fd = 1;
  int message_fd = 2;  // where help goes
  bool raw = true;     // raw mode and Ctrl-A commands where input_fd is a terminal
};

// Output is buffered. It is written at a line's end (not to a regular file), from 4 KiB on, before
// each poll and by flush(); a poll that is going on is woken, so that a prompt appears. Nothing is
// lost where the reader is slow: a full buffer makes put() wait. After an error such as EPIPE all
// output is dropped.
//
// Input from a terminal in raw mode goes to the target as typed, Ctrl-C and all, except for
// commands: Ctrl-A x ends, Ctrl-A h helps, Ctrl-A Ctrl-A sends one Ctrl-A, Ctrl-A c is reserved,
// others do nothing. They work also while the target takes no bytes. From anything else bytes pass
// unchanged, and only as many are read as the target has room for.
//
// put(), flush() and wake() may be called by any thread; prepare_poll() and finish_poll() by one
// thread at a time that may also call the target.
class Terminal final : public CharSink, public PollSource {
 public:
  explicit Terminal(const TerminalOptions& options = {});
  ~Terminal() override;  // waits until all output is written
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Who gets the input (not owned, may be null). Until there is a target, input waits.
  void set_target(CharReceiver* target) noexcept { target_ = target; }

  std::function<void()> on_quit;       // Ctrl-A x was typed
  std::function<void()> on_input_end;  // no more input will come, and all of it was delivered

  void put(const uint8_t* bytes, size_t count) noexcept override;
  void flush() noexcept;  // as much as stdout takes now

  // Make a poll that is going on return, because the target has room again.
  void wake() noexcept;

  void prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) override;
  void finish_poll(const pollfd* fds, size_t count) override;

  // True when stdout has failed and output is being dropped.
  [[nodiscard]] bool is_output_lost() const noexcept { return output_lost_.load(); }
  // True when input_fd is a terminal under our control.
  [[nodiscard]] bool is_interactive() const noexcept { return guard_.wants_raw(); }

 private:
  void write_out(bool wait) noexcept;
  void read_input() noexcept;
  void take_typed(const uint8_t* bytes, size_t count) noexcept;
  void run_command(uint8_t key) noexcept;
  void deliver() noexcept;
  [[nodiscard]] bool wants_input() const noexcept;
  [[nodiscard]] bool has_output() const noexcept {
    return output_->begin.load() < output_->end.load();
  }

  const TerminalOptions options_;
  bool flush_lines_ = true;
  int wake_fd_ = -1;

  std::mutex output_mutex_;  // held while appending to and writing from output_
  std::unique_ptr<PendingOutput> output_;
  std::atomic<bool> output_lost_{false};
  std::atomic<bool> is_polled_{false};  // between prepare_poll and finish_poll, and not yet woken
  TerminalGuard guard_;

  CharReceiver* target_ = nullptr;
  std::string typed_;  // bytes for the target that it had no room for
  bool after_escape_ = false;
  bool input_ended_ = false;
  bool end_announced_ = false;
};

}  // namespace rvx
