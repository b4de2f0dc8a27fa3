// Signals that end rvx in good order.
#include "cli/stop_signals.hpp"

#include <atomic>

namespace rvx::cli {
namespace {

std::atomic<Machine*> watched{nullptr};
std::atomic<int> received_signal{0};
std::atomic<StopSignals*> active{nullptr};

}  // namespace

StopSignals::StopSignals() {
  received_signal.store(0);
  active.store(this);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (::sigaction(kSignals[i], nullptr, &previous_[i]) != 0) continue;
    const bool is_ignored =
        (previous_[i].sa_flags & SA_SIGINFO) == 0 && previous_[i].sa_handler == SIG_IGN;
    if (is_ignored) continue;
    struct sigaction action {};
    ::sigemptyset(&action.sa_mask);
    action.sa_handler = &StopSignals::on_signal;  // no SA_RESTART: a poll ends early
    installed_[i] = ::sigaction(kSignals[i], &action, nullptr) == 0;
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < kSignals.size(); ++i)
    if (installed_[i]) (void)::sigaction(kSignals[i], &previous_[i], nullptr);
  active.store(nullptr);
  watched.store(nullptr);
}

void StopSignals::on_signal(int signal) {
  int none = 0;
  received_signal.compare_exchange_strong(none, signal);
  if (Machine* machine = watched.load()) machine->request_stop();
  StopSignals* self = active.load();
  if (self == nullptr) return;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (!self->installed_[i]) continue;
    self->installed_[i] = false;
    (void)::sigaction(kSignals[i], &self->previous_[i], nullptr);
  }
}

void StopSignals::watch(Machine* machine) noexcept {
  watched.store(machine);
  if (machine != nullptr && received() != 0) machine->request_stop();
}

int StopSignals::received() const noexcept { return received_signal.load(); }

}  // namespace rvx::cli
