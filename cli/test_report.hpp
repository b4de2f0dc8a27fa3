// Verdicts as text for people, and as TAP, JUnit's XML and JSON for programs.
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>

#include "cli/test_case.hpp"

namespace rvx::cli {

struct TestTotals {
  std::array<size_t, kVerdicts> count{};
  size_t tests = 0;
  uint64_t host_ns = 0;  // from the first to the last

  [[nodiscard]] size_t of(Verdict verdict) const noexcept {
    return count[static_cast<size_t>(verdict)];
  }
};

class TestReport {
 public:
  virtual ~TestReport() = default;
  virtual void begin(size_t tests) = 0;
  virtual void add(const TestResult& result) = 0;
  virtual void end(const TestTotals& totals) = 0;
};

// "text", "tap", "junit" or "json"; nullptr for anything else. `out` is not owned.
[[nodiscard]] std::unique_ptr<TestReport> make_test_report(std::string_view format, std::FILE* out,
                                                           bool colour);

}  // namespace rvx::cli
