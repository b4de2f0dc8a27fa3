// Work in a process of its own, so that an engine that crashes or never comes back is a result too.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rvx::fuzz {

struct Isolated {
  std::optional<std::string> answer;  // of the work; nothing if it did not come to its end
  std::string end;                    // how it ended otherwise: "killed by signal 4 (Illegal instruction)"
};

// Forks, does the work there, and gives its answer.
[[nodiscard]] Isolated run_isolated(const std::function<std::string()>& work);

// In such work: from now on it may take `seconds` of processor time, then it is killed.
void limit_processor_time(unsigned seconds) noexcept;

// A number that a process and those it forks share.
class SharedNumber {
 public:
  SharedNumber();
  ~SharedNumber();
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;
  void set(uint64_t value) noexcept { *value_ = value; }
  [[nodiscard]] uint64_t get() const noexcept { return *value_; }

 private:
  volatile uint64_t* value_;
};

}  // namespace rvx::fuzz
