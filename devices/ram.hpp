// Guest RAM: one memfd mapping, reserved at full size and committed by the host on first touch.
#pragma once

#include <cstdint>
#include <string>

namespace rvx {

class Ram {
 public:
  // `base`: guest physical address of the first byte; `size`: bytes, a multiple of 4096.
  Ram(uint64_t base, uint64_t size);
  ~Ram();
  Ram(const Ram&) = delete;
  Ram& operator=(const Ram&) = delete;

  // False when the host could not give the memory; error() then says why in one phrase.
  [[nodiscard]] bool is_valid() const noexcept { return host_ != nullptr; }
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

  [[nodiscard]] uint64_t base() const noexcept { return base_; }
  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  [[nodiscard]] uint8_t* host() const noexcept { return host_; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

  // Whether all of [address, address + length) is RAM. Length 0 asks about `address` alone.
  [[nodiscard]] bool contains(uint64_t address, uint64_t length) const noexcept {
    const uint64_t offset = address - base_;
    return offset < size_ && length <= size_ - offset;
  }

  // Host address of a guest physical address that contains() has approved.
  [[nodiscard]] uint8_t* at(uint64_t address) const noexcept { return host_ + (address - base_); }

 private:
  uint64_t base_;
  uint64_t size_;
  uint8_t* host_ = nullptr;
  int fd_ = -1;
  std::string error_;
};

}  // namespace rvx
