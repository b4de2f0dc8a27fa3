// Compiling beside the guest: one thread for all harts, which takes jobs in turn and keeps results until they are fetched.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "jit/compile.hpp"
#include "jit/shared_translations.hpp"

namespace rvx::jit {

class Background {
 public:
  // For harts 0 to `harts` - 1. The thread starts with the first job.
  Background(unsigned harts, SharedTranslations& shared) : shared_(shared), done_(harts) {}
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // `page`: the bytes of the job's page, which shared translations have to agree with.
  void submit(unsigned hart, CompileJob job, const uint8_t* page);
  // Whether fetch() has something to give. Cheap.
  [[nodiscard]] bool has_results(unsigned hart) const noexcept { return done_[hart].has_results.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<CompileJob> fetch(unsigned hart);
  // The hart's jobs that have not been begun are not wanted any more.
  void forget(unsigned hart);

 private:
  struct Waiting {
    unsigned hart;
    CompileJob job;
    const uint8_t* page;
  };
  struct Done {
    std::vector<CompileJob> jobs;
    std::atomic<bool> has_results = false;
  };

  void start();
  void work();

  SharedTranslations& shared_;

  std::mutex mutex_;  // of all below; held briefly
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::vector<Done> done_;  // by hart
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace rvx::jit
