// Console input that a guest has not asked for yet: a bounded queue of bytes that can end.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace rvx {

class InputQueue {
 public:
  static constexpr size_t kCapacity = 4096;

  [[nodiscard]] size_t room() const noexcept { return kCapacity - count_; }
  [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }

  // Nothing will follow what is in the queue.
  void end() noexcept { ended_ = true; }
  [[nodiscard]] bool has_ended() const noexcept { return ended_ && is_empty(); }

  // Bytes beyond room() are dropped.
  void push(const uint8_t* bytes, size_t count) noexcept {
    count = std::min(count, room());
    for (size_t i = 0; i < count; ++i) bytes_[(head_ + count_ + i) % kCapacity] = bytes[i];
    count_ += static_cast<uint32_t>(count);
  }

  // Moves up to `count` bytes out and returns how many.
  size_t pop(uint8_t* bytes, size_t count) noexcept {
    count = std::min<size_t>(count, count_);
    for (size_t i = 0; i < count; ++i) bytes[i] = bytes_[(head_ + i) % kCapacity];
    head_ = static_cast<uint32_t>((head_ + count) % kCapacity);
    count_ -= static_cast<uint32_t>(count);
    return count;
  }

  template <class V>
  void visit_state(V& v) {
    v("input_bytes", bytes_);
    v("input_head", head_);
    v("input_count", count_);
  }
  // Call after visit_state has loaded. False when a field had to be bounded.
  [[nodiscard]] bool restored() noexcept {
    const bool plausible = head_ < kCapacity && count_ <= kCapacity;
    head_ %= kCapacity;
    count_ = std::min<uint32_t>(count_, kCapacity);
    return plausible;
  }

 private:
  std::array<uint8_t, kCapacity> bytes_{};
  uint32_t head_ = 0;  // index of the oldest byte
  uint32_t count_ = 0;
  bool ended_ = false;  // a fact about the host, not about the guest
};

}  // namespace rvx
