// The memory of generated code: one piece, mapped twice, never writable and executable at one address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rvx::jit {

class Arena {
 public:
  // `bytes`: below 2 GiB, so that code reaches all of it by rel32. Throws std::bad_alloc.
  explicit Arena(size_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Bytes from the start that are in use, and how many there are.
  [[nodiscard]] size_t used() const noexcept { return used_; }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  // Makes the next `bytes` bytes part of what is used, aligned to 16; the offset of their start.
  [[nodiscard]] size_t take(size_t bytes) noexcept;
  [[nodiscard]] size_t next() const noexcept { return (used_ + 15) & ~size_t{15}; }
  // Back to `used` bytes; nothing may run or point beyond.
  void reset(size_t used) noexcept { used_ = used; }

  [[nodiscard]] const uint8_t* code(size_t offset) const noexcept { return code_ + offset; }
  [[nodiscard]] uint8_t* writable(size_t offset) noexcept { return data_ + offset; }
  [[nodiscard]] size_t offset_of(const void* code) const noexcept { return static_cast<size_t>(static_cast<const uint8_t*>(code) - code_); }

 private:
  uint8_t* data_ = nullptr;  // writable
  uint8_t* code_ = nullptr;  // executable
  size_t size_ = 0;
  size_t used_ = 0;
};

}  // namespace rvx::jit
