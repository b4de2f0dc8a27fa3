// What the host's MMU refuses in a window goes on in the code that stands ready for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rvx::jit {

// The accesses to windows in one piece of generated code. While such a table lives, a SIGSEGV at one of
// its instructions continues at that instruction's stub; any other is what it was before.
class WindowFaults {
 public:
  WindowFaults(const uint8_t* code, size_t size);
  ~WindowFaults();
  WindowFaults(const WindowFaults&) = delete;
  WindowFaults& operator=(const WindowFaults&) = delete;

  // Both as offsets in the code; `at` above all that were added before. By the thread that runs the code.
  void add(size_t at, size_t stub) { accesses_.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(stub)}); }
  void clear() noexcept { accesses_.clear(); }

  // Where a fault at `address` goes on, or 0. Safe in a signal handler.
  [[nodiscard]] uint64_t stub_of(uint64_t address) const noexcept;

 private:
  struct Access {
    uint32_t at, stub;
  };
  const uint64_t code_;
  const size_t size_;
  std::vector<Access> accesses_;
};

}  // namespace rvx::jit
