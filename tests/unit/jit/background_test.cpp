// Compiling beside the guest: jobs are done in turn and once, results are what compiling at once gives, unwanted jobs are not begun.
#include "jit/background.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

GuestCode code_with(unsigned instructions) {
  GuestCode code;
  for (unsigned i = 0; i < instructions; ++i) code.addi(5, 6, static_cast<int32_t>(i));
  return code.ret();
}

CompileJob job_with(unsigned instructions) {
  CompileJob job;
  job.region = code_with(instructions).find();
  job.va = instructions;
  return job;
}

// A background of two harts that share nothing.
class Alone : public Background {
 public:
  Alone() : Background(2, nothing_) {}

 private:
  static inline SharedTranslations nothing_{0};
};

std::vector<CompileJob> results_of(Background& background, size_t count, unsigned hart = 0) {
  std::vector<CompileJob> results;
  while (results.size() < count) {
    if (!background.has_results(hart)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (CompileJob& job : background.fetch(hart)) results.push_back(std::move(job));
  }
  return results;
}

TEST(JitBackground, ResultsAreThoseOfCompilingAtOnce) {
  Alone background;
  constexpr unsigned kJobs = 50;
  for (unsigned i = 1; i <= kJobs; ++i) background.submit(0, job_with(i), nullptr);
  const std::vector<CompileJob> results = results_of(background, kJobs);
  for (unsigned i = 1; i <= kJobs; ++i) {
    const CompileJob& job = results[i - 1];
    EXPECT_EQ(job.va, i);  // in turn
    CompileJob same = job_with(i);
    compile(same);
    ASSERT_NE(job.result, nullptr);
    EXPECT_EQ(job.result->code, same.result->code);  // without accesses no address of anything is in it
    EXPECT_EQ(job.result->entries.size(), same.result->entries.size());
  }
  EXPECT_FALSE(background.has_results(0));
}

TEST(JitBackground, ForgottenJobsAreNotBegun) {
  Alone background;
  constexpr unsigned kJobs = 400;
  for (unsigned i = 0; i < kJobs; ++i) background.submit(0, job_with(300), nullptr);
  background.forget(0);
  background.submit(0, job_with(1), nullptr);
  size_t before_last = 0;
  for (bool is_over = false; !is_over;)
    for (const CompileJob& job : results_of(background, 1)) {
      is_over = job.va == 1;
      before_last += !is_over;
    }
  EXPECT_LT(before_last, kJobs);
}

TEST(JitBackground, HartsForgetAndFetchWhatIsTheirs) {
  Alone background;
  for (unsigned i = 0; i < 20; ++i) background.submit(i % 2, job_with(100 + i), nullptr);
  background.forget(0);
  const std::vector<CompileJob> results = results_of(background, 10, 1);
  for (unsigned i = 0; i < 10; ++i) EXPECT_EQ(results[i].va, 101 + 2 * i);
  for (const CompileJob& job : background.fetch(0)) EXPECT_EQ(job.va % 2, 0u);  // begun before
}

TEST(JitBackground, WhatTwoHartsWantIsCompiledOnce) {
  SharedTranslations shared(1 << 20);
  Background background(2, shared);
  const GuestCode code = code_with(50);
  for (unsigned hart = 0; hart < 2; ++hart) {
    CompileJob job;
    job.region = code.find();
    background.submit(hart, std::move(job), code.bytes().data());
  }
  const std::vector<CompileJob> first = results_of(background, 1, 0), second = results_of(background, 1, 1);
  EXPECT_FALSE(first[0].is_taken);
  EXPECT_TRUE(second[0].is_taken);
  EXPECT_EQ(first[0].result, second[0].result);
}

TEST(JitBackground, EndsWithWorkLeft) {
  Alone background;
  for (unsigned i = 0; i < 100; ++i) background.submit(0, job_with(300), nullptr);
}

}  // namespace
}  // namespace rvx::jit
