// A child process on pipes: lines out of it with a deadline, its end with what it cost.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/stop_signals.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

[[nodiscard]] uint64_t monotonic_ns() noexcept;

enum class LineEnd : uint8_t { kLine, kClosed, kTimeout, kInterrupted };

// How a child ended.
struct ChildEnd {
  int status = 0;  // as of waitpid()
  double user_s = 0, system_s = 0;
  [[nodiscard]] bool is_success() const noexcept { return status == 0; }
  [[nodiscard]] std::string text() const;  // "it ended with status 3"
};

// It dies with us, and when its object goes. It has a session of its own: Ctrl-C on our terminal
// does not reach it, because it is for us to end things in order.
class BenchChild {
 public:
  // `words`: a program, looked up in PATH where it has no slash, and its arguments. `joined`: its
  // stderr goes where its stdout goes.
  [[nodiscard]] static Result<BenchChild> start(std::span<const std::string> words,
                                                bool joined = false);

  BenchChild(BenchChild&& other) noexcept;
  BenchChild& operator=(BenchChild&&) = delete;
  ~BenchChild();

  // Writes to its stdin. False if it reads no more.
  [[nodiscard]] bool send(std::string_view text);
  // The next line of its stdout, without its end; the last one may lack that. A signal to us ends
  // the wait.
  [[nodiscard]] LineEnd read_line(std::string& line, uint64_t deadline_ns,
                                  const StopSignals& signals);
  // Kills it first unless it has ended by itself within `patience_ns`.
  ChildEnd finish(uint64_t patience_ns);

  // Processor time that it has used so far, all threads, in seconds.
  [[nodiscard]] double processor_s() const;
  [[nodiscard]] uint64_t started_ns() const noexcept { return started_ns_; }
  // The last line it wrote to stderr, or empty.
  [[nodiscard]] std::string last_words() const;

 private:
  BenchChild() = default;

  pid_t pid_ = 0;
  int in_ = -1, out_ = -1, errors_ = -1;
  uint64_t started_ns_ = 0;
  std::string buffer_;
  size_t scanned_ = 0;  // bytes of buffer_ known to hold no line end
  std::optional<ChildEnd> end_;
};

}  // namespace rvx::cli
