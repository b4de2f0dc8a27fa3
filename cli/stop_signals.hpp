// Signals that end rvx in good order: the machine stops, output and reports are written, then we
// exit.
#pragma once

#include <signal.h>

#include <array>
#include <cstddef>

#include "machine/machine.hpp"

namespace rvx::cli {

// While it lives, the first SIGINT, SIGTERM or SIGHUP asks the watched machine to stop. A second
// one has the effect it had before. Signals that were ignored stay ignored. One at a time, because
// handlers need a static pointer. Make it after a Terminal, whose handlers end the process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whom to stop (not owned, may be null). A signal that came before counts.
  void watch(Machine* machine) noexcept;
  // The signal that came, or 0.
  [[nodiscard]] int received() const noexcept;

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  static void on_signal(int signal);

  std::array<struct sigaction, kSignals.size()> previous_{};
  std::array<bool, kSignals.size()> installed_{};
};

}  // namespace rvx::cli
