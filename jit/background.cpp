// Compiling beside the guest.
#include "jit/background.hpp"

#include <csignal>
#include <utility>

namespace rvx::jit {

void Background::start() {
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
  if (thread_.joinable()) thread_.join();
}

void Background::submit(unsigned hart, CompileJob job, const uint8_t* page) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({hart, std::move(job), page});
    if (!thread_.joinable()) start();
  }
  changed_.notify_one();
}

std::vector<CompileJob> Background::fetch(unsigned hart) {
  const std::lock_guard lock(mutex_);
  done_[hart].has_results.store(false, std::memory_order_relaxed);
  return std::exchange(done_[hart].jobs, {});
}

void Background::forget(unsigned hart) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const Waiting& w) { return w.hart == hart; });
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    // Another hart may have asked for the same meanwhile.
    shared_.take_or_compile(next.job, next.page);
    lock.lock();
    Done& done = done_[next.hart];
    done.jobs.push_back(std::move(next.job));
    done.has_results.store(true, std::memory_order_relaxed);
  }
}

}  // namespace rvx::jit
