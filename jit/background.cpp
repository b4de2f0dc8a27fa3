// Compiling beside the guest.
#include "jit/background.hpp"

#include <csignal>
#include <utility>

namespace rvx::jit {

Background::Background() {
  // Signals are for the threads that were there before.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Background::submit(CompileJob job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
}

std::vector<CompileJob> Background::fetch() {
  const std::lock_guard lock(mutex_);
  has_results_.store(false, std::memory_order_relaxed);
  return std::exchange(finished_, {});
}

void Background::forget() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) return;
    CompileJob job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    compile(job);
    lock.lock();
    finished_.push_back(std::move(job));
    has_results_.store(true, std::memory_order_relaxed);
  }
}

}  // namespace rvx::jit
