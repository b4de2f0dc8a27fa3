// Physical memory protection: legalisation, matching and permission.
#include "mmu/pmp.hpp"

#include <bit>

namespace rvx {
namespace {

constexpr uint8_t kRead = 1, kWrite = 2, kExecute = 4, kLocked = 0x80;
constexpr unsigned kOff = 0, kTor = 1, kNa4 = 2, kNapot = 3;
constexpr uint64_t kAddrMask = (uint64_t{1} << 54) - 1;

constexpr unsigned mode_of(uint8_t cfg) { return (cfg >> 3) & 3; }

}  // namespace

bool Pmp::set_cfg(unsigned index, uint8_t value) noexcept {
  if (cfg_[index] & kLocked) return false;
  value &= 0x9f;
  // R=0 W=1 is reserved. CHOICE: such a write clears W.
  if ((value & (kRead | kWrite)) == kWrite) value &= static_cast<uint8_t>(~kWrite);
  if (cfg_[index] == value) return false;
  cfg_[index] = value;
  rebuild();
  return true;
}

bool Pmp::set_addr(unsigned index, uint64_t value) noexcept {
  if (cfg_[index] & kLocked) return false;
  // A locked TOR entry also locks the address below it.
  if (index + 1 < kEntries && (cfg_[index + 1] & kLocked) && mode_of(cfg_[index + 1]) == kTor) return false;
  value &= kAddrMask;
  if (addr_[index] == value) return false;
  addr_[index] = value;
  rebuild();
  return true;
}

void Pmp::rebuild() noexcept {
  active_ = 0;
  known_.fill({});
  for (unsigned i = 0; i < kEntries; ++i) {
    Range range;
    switch (mode_of(cfg_[i])) {
      case kTor: {
        const uint64_t low = i == 0 ? 0 : addr_[i - 1] << 2;
        const uint64_t high = addr_[i] << 2;
        if (low < high) range = {low, high - 1};
        break;
      }
      case kNa4: range = {addr_[i] << 2, (addr_[i] << 2) + 3}; break;
      case kNapot: {
        const unsigned ones = static_cast<unsigned>(std::countr_one(addr_[i]));
        if (ones >= 54) {
          range = {0, ~uint64_t{0}};
        } else {
          const uint64_t size = uint64_t{8} << ones;
          const uint64_t base = (addr_[i] & ~((uint64_t{1} << (ones + 1)) - 1)) << 2;
          range = {base, base + size - 1};
        }
        break;
      }
      default: break;
    }
    range_[i] = range;
    if (mode_of(cfg_[i]) != kOff) active_ = i + 1;
  }
}

namespace {

constexpr uint8_t permission_for(Access access) {
  return access == Access::kFetch ? kExecute : access == Access::kLoad ? kRead : kWrite;
}

}  // namespace

bool Pmp::allows(uint64_t address, unsigned size, Access access, Priv priv) const noexcept {
  const uint64_t page = address & ~kPageMask;
  if (priv == Priv::kM || ((address + size - 1) & ~kPageMask) != page) return allows_uncached(address, size, access, priv);
  KnownPage& known = known_[(page >> kPageShift) % kKnownPages];
  if (known.page != page) {
    if (!is_uniform(page)) return allows_uncached(address, size, access, priv);
    uint8_t permissions = 0;
    for (const Access each : {Access::kFetch, Access::kLoad, Access::kStore})
      if (allows_uncached(page, 1, each, priv)) permissions |= permission_for(each);
    known = {page, permissions};
  }
  return (known.permissions & permission_for(access)) != 0;
}

bool Pmp::allows_uncached(uint64_t address, unsigned size, Access access, Priv priv) const noexcept {
  const uint64_t last = address + size - 1;
  for (unsigned i = 0; i < active_; ++i) {
    const Range& r = range_[i];
    if (r.first > r.last || last < r.first || address > r.last) continue;
    if (address < r.first || last > r.last) return false;  // must match all bytes
    if (priv == Priv::kM && !(cfg_[i] & kLocked)) return true;
    return (cfg_[i] & permission_for(access)) != 0;
  }
  return priv == Priv::kM;
}

bool Pmp::is_uniform(uint64_t address) const noexcept {
  const uint64_t first = address & ~kPageMask;
  if (known_[(first >> kPageShift) % kKnownPages].page == first) return true;
  const uint64_t last = first | kPageMask;
  for (unsigned i = 0; i < active_; ++i) {
    const Range& r = range_[i];
    if (r.first > r.last || last < r.first || first > r.last) continue;
    return first >= r.first && last <= r.last;
  }
  return true;
}

}  // namespace rvx
