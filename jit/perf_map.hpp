// The names of generated code for Linux' perf: one line for each piece, in the file where perf looks for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace rvx::jit {

class PerfMap {
 public:
  // Where perf looks, by process.
  [[nodiscard]] static std::string path();

  PerfMap() = default;
  ~PerfMap();
  PerfMap(const PerfMap&) = delete;
  PerfMap& operator=(const PerfMap&) = delete;

  // Begins the file, or goes on with it where this process has begun it. False: errno says why.
  [[nodiscard]] bool open() noexcept;

  // `bytes` bytes of code from `address` of the host on are called `name`. Nothing where no file is
  // open. Never taken back: samples may be older than what is at their address now.
  void add(uint64_t address, size_t bytes, std::string_view name) noexcept;

 private:
  std::FILE* file_ = nullptr;
};

}  // namespace rvx::jit
