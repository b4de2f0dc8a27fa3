// The physical address map: lookup and dispatch of accesses to devices.
#include "devices/bus.hpp"

#include <immintrin.h>

#include <algorithm>

namespace rvx {
namespace {

// Devices run under the host's floating-point environment: while guest code runs, MXCSR holds the
// guest's rounding mode and flags, and even a hash table may compute with floats.
class HostFloatingPoint {
 public:
  HostFloatingPoint() noexcept : guest_(_mm_getcsr()) { _mm_setcsr(kDefault); }
  ~HostFloatingPoint() { _mm_setcsr(guest_); }
  HostFloatingPoint(const HostFloatingPoint&) = delete;
  HostFloatingPoint& operator=(const HostFloatingPoint&) = delete;

 private:
  static constexpr unsigned kDefault = 0x1f80;  // all exceptions masked, to nearest, no flag
  unsigned guest_;
};

}  // namespace

bool Bus::attach(std::string name, uint64_t base, uint64_t size, Device& device) {
  if (size == 0 || base + size - 1 < base) return false;
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), base,
                                [](uint64_t b, const Range& r) { return b < r.base; });
  if (after != ranges_.end() && after->base - base < size) return false;
  if (after != ranges_.begin()) {
    const Range& before = *(after - 1);
    if (base - before.base < before.size) return false;
  }
  ranges_.insert(after, Range{base, size, &device, std::move(name)});
  return true;
}

const Bus::Range* Bus::find(uint64_t address) const noexcept {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](uint64_t a, const Range& r) { return a < r.base; });
  if (after == ranges_.begin()) return nullptr;
  const Range& range = *(after - 1);
  return address - range.base < range.size ? &range : nullptr;
}

bool Bus::read(uint64_t address, unsigned size, uint64_t& value) noexcept {
  const Range* range = find(address);
  if (range == nullptr || range->size - (address - range->base) < size) return false;
  const HostFloatingPoint host;
  return range->device->read(address - range->base, size, value);
}

bool Bus::write(uint64_t address, unsigned size, uint64_t value) noexcept {
  const Range* range = find(address);
  if (range == nullptr || range->size - (address - range->base) < size) return false;
  const HostFloatingPoint host;
  return range->device->write(address - range->base, size, value);
}

}  // namespace rvx
