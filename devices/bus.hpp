// The physical address map: which device answers which address.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "devices/device.hpp"

namespace rvx {

// Physical addresses to devices. RAM is not on the bus: the memory port looks there first.
class Bus {
 public:
  struct Range {
    uint64_t base;  // physical address
    uint64_t size;  // bytes
    Device* device;
    std::string name;
  };

  // Place `device` (not owned) at [base, base + size). Returns false if the range is empty, wraps or
  // overlaps one that is already there.
  [[nodiscard]] bool attach(std::string name, uint64_t base, uint64_t size, Device& device);

  // False where nothing answers, the access leaves the range, or the device refuses it: an access fault.
  [[nodiscard]] bool read(uint64_t address, unsigned size, uint64_t& value) noexcept;
  [[nodiscard]] bool write(uint64_t address, unsigned size, uint64_t value) noexcept;

  // The range that holds `address`, or nullptr.
  [[nodiscard]] const Range* find(uint64_t address) const noexcept;
  [[nodiscard]] const std::vector<Range>& ranges() const noexcept { return ranges_; }

 private:
  std::vector<Range> ranges_;  // sorted by base
};

}  // namespace rvx
