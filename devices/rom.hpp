// Read-only memory: the boot ROM.
#pragma once

#include <cstdint>
#include <cstring>
#include <algorithm>
#include <vector>

#include "devices/device.hpp"

namespace rvx {

class Rom final : public Device {
 public:
  // Bytes past `contents` read as zero; how far the range goes is the bus's matter.
  explicit Rom(std::vector<uint8_t> contents) : contents_(std::move(contents)) {}

  [[nodiscard]] bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override {
    value = 0;
    if (offset < contents_.size()) std::memcpy(&value, contents_.data() + offset, std::min<uint64_t>(size, contents_.size() - offset));
    return true;
  }
  [[nodiscard]] bool write(uint64_t, unsigned, uint64_t) noexcept override { return false; }

 private:
  std::vector<uint8_t> contents_;
};

}  // namespace rvx
