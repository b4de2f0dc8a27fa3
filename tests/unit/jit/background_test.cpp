// Compiling beside the guest: jobs are done in turn, results are what compiling at once gives, unwanted jobs are not begun.
#include "jit/background.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

CompileJob job_with(unsigned instructions) {
  GuestCode code;
  for (unsigned i = 0; i < instructions; ++i) code.addi(5, 6, static_cast<int32_t>(i));
  code.ret();
  CompileJob job;
  job.region = code.find();
  job.va = instructions;
  return job;
}

std::vector<CompileJob> results_of(Background& background, size_t count) {
  std::vector<CompileJob> results;
  while (results.size() < count) {
    if (!background.has_results()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (CompileJob& job : background.fetch()) results.push_back(std::move(job));
  }
  return results;
}

TEST(JitBackground, ResultsAreThoseOfCompilingAtOnce) {
  Background background;
  constexpr unsigned kJobs = 50;
  for (unsigned i = 1; i <= kJobs; ++i) background.submit(job_with(i));
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
  EXPECT_FALSE(background.has_results());
}

TEST(JitBackground, ForgottenJobsAreNotBegun) {
  Background background;
  constexpr unsigned kJobs = 400;
  for (unsigned i = 0; i < kJobs; ++i) background.submit(job_with(300));
  background.forget();
  background.submit(job_with(1));
  size_t before_last = 0;
  for (bool is_over = false; !is_over;)
    for (const CompileJob& job : results_of(background, 1)) {
      is_over = job.va == 1;
      before_last += !is_over;
    }
  EXPECT_LT(before_last, kJobs);
}

TEST(JitBackground, EndsWithWorkLeft) {
  Background background;
  for (unsigned i = 0; i < 100; ++i) background.submit(job_with(300));
}

}  // namespace
}  // namespace rvx::jit
