// The core-local interruptor: decoding of 32- and 64-bit accesses to msip, mtimecmp and mtime.
#include "devices/clint.hpp"

namespace rvx {
namespace {

constexpr uint64_t kMtimecmpBase = 0x4000;
constexpr uint64_t kMtimeBase = 0xbff8;
constexpr uint64_t kAllOnes = ~uint64_t{0};

// The part of `value` that an aligned access of `size` bytes at `offset` reads.
uint64_t extract(uint64_t value, uint64_t offset, unsigned size) noexcept {
  if (size == 8) return value;
  return (offset & 4) != 0 ? value >> 32 : value & 0xffff'ffff;
}

// `old` after an aligned store of `size` bytes at `offset`.
uint64_t merge(uint64_t old, uint64_t value, uint64_t offset, unsigned size) noexcept {
  if (size == 8) return value;
  if ((offset & 4) != 0) return (old & 0xffff'ffff) | value << 32;
  return (old & ~uint64_t{0xffff'ffff}) | (value & 0xffff'ffff);
}

bool is_acceptable(uint64_t offset, unsigned size) noexcept {
  return (size == 4 || size == 8) && offset % size == 0;
}

}  // namespace

Clint::Clint(unsigned harts, const Clock& clock, uint64_t ns_per_tick)
    : clock_(clock),
      ns_per_tick_(ns_per_tick),
      harts_(harts),
      msip_(harts, 0),
      mtimecmp_(harts, kAllOnes) {}

// The aligned eight bytes around `offset`.
uint64_t Clint::read_word_pair(uint64_t offset) const noexcept {
  if (offset < kMtimecmpBase) {
    const uint64_t hart = (offset & ~uint64_t{7}) / 4;
    const uint64_t low = hart < harts_ ? load(msip_[hart]) : 0;
    const uint64_t high = hart + 1 < harts_ ? load(msip_[hart + 1]) : 0;
    return low | high << 32;
  }
  if (offset < kMtimeBase) {
    const uint64_t hart = (offset - kMtimecmpBase) / 8;
    return hart < harts_ ? load(mtimecmp_[hart]) : 0;
  }
  return offset < kMtimeBase + 8 ? mtime() : 0;
}

bool Clint::read(uint64_t offset, unsigned size, uint64_t& value) noexcept {
  if (!is_acceptable(offset, size)) return false;
  value = extract(read_word_pair(offset), offset, size);
  return true;
}

void Clint::write_msip(uint64_t hart, uint64_t value) noexcept {
  if (hart >= harts_) return;
  store(msip_[hart], static_cast<uint32_t>(value & 1));
  changed(static_cast<unsigned>(hart));
}

bool Clint::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
  if (!is_acceptable(offset, size)) return false;
  if (offset < kMtimecmpBase) {
    write_msip(offset / 4, value);
    if (size == 8) write_msip(offset / 4 + 1, value >> 32);
  } else if (offset < kMtimeBase) {
    const uint64_t hart = (offset - kMtimecmpBase) / 8;
    if (hart >= harts_) return true;
    store(mtimecmp_[hart], merge(mtimecmp_[hart], value, offset, size));
    changed(static_cast<unsigned>(hart));
  } else if (offset < kMtimeBase + 8) {
    const uint64_t raw = clock_.now_ns() / ns_per_tick_;
    store(mtime_offset_, merge(raw + mtime_offset_, value, offset, size) - raw);
    for (unsigned hart = 0; hart < harts_; ++hart) changed(hart);
  }
  return true;
}

uint64_t Clint::deadline_ns(uint64_t ticks) const noexcept {
  const uint64_t raw = clock_.now_ns() / ns_per_tick_;
  const uint64_t now = raw + load(mtime_offset_);
  if (ticks <= now) return raw * ns_per_tick_;
  const uint64_t wait = ticks - now;
  if (wait > kAllOnes / ns_per_tick_ - raw) return kAllOnes;
  return (raw + wait) * ns_per_tick_;
}

bool Clint::restored() noexcept {
  if (msip_.size() != harts_ || mtimecmp_.size() != harts_) {
    msip_.assign(harts_, 0);
    mtimecmp_.assign(harts_, kAllOnes);
    return false;
  }
  for (uint32_t& bit : msip_) bit &= 1;
  for (unsigned hart = 0; hart < harts_; ++hart) changed(hart);
  return true;
}

}  // namespace rvx
