// One test program: found, judged before it runs, run to a verdict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/config.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

enum class Verdict : uint8_t { kPass, kFail, kTimeout, kError, kSkipped };
inline constexpr size_t kVerdicts = 5;
[[nodiscard]] const char* verdict_name(Verdict verdict) noexcept;

struct TestResult {
  std::string path;
  std::string name;  // without folders
  Verdict verdict = Verdict::kError;
  std::string message;  // why, one line; empty for a pass
  std::string output;   // what the guest printed, at most its last kOutputBytes
  uint64_t instructions = 0;
  uint64_t host_ns = 0;

  static constexpr size_t kOutputBytes = 64 * 1024;
};

// The test programs that `operands` name, in their order: files as they are, and below directories
// every RISC-V ELF program, sorted by name. Fails for a path that does not exist.
[[nodiscard]] Result<std::vector<std::string>> find_tests(const std::vector<std::string>& operands);

// Why the program at `path` cannot be run on `isa`: an extension that it was built for is missing
// (by its ELF attributes), or it is a 32-bit program. Empty when it can.
[[nodiscard]] std::string reason_to_skip(const std::string& path, const isa::IsaConfig& isa);

// Runs it in this process. Fills in all but path and name.
void run_test(const std::string& path, MachineConfig config, TestResult& result);

}  // namespace rvx::cli
