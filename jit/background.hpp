// Compiling beside the guest: a thread that takes jobs in turn and keeps the results until they are fetched.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "jit/compile.hpp"

namespace rvx::jit {

class Background {
 public:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void submit(CompileJob job);
  // Whether fetch() has something to give. Cheap.
  [[nodiscard]] bool has_results() const noexcept { return has_results_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<CompileJob> fetch();
  // Jobs that have not been begun are not wanted any more.
  void forget();

 private:
  void work();

  std::mutex mutex_;  // of all below; held briefly
  std::condition_variable changed_;
  std::deque<CompileJob> waiting_;
  std::vector<CompileJob> finished_;
  bool is_ending_ = false;
  std::atomic<bool> has_results_ = false;
  std::thread thread_;
};

}  // namespace rvx::jit
