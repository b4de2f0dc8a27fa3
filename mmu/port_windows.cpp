// A hart's way to memory: when its contexts get windows, and what is mapped there.
#include <algorithm>

#include "mmu/contexts.hpp"
#include "mmu/memory_port.hpp"

namespace rvx {

void MemoryPort::open_window(WindowHalf half) noexcept {
  const SatpMode mode = data_->key.mode();
  // Neither half holds more than Sv39 can address; of physical addresses, the lower one all that are used.
  // A supervisor that may reach user pages does so for a short while, each time in another address space.
  const bool fits = mode == SatpMode::kBare || (mode == SatpMode::kSv39 && !(data_->key.priv == Priv::kS && data_->key.sum));
  if (!fits || model_ != nullptr || data_->window != nullptr) return;
  data_->window = Window::create(memory_.ram(), memory_.window_budget(), half);
  if (data_->window == nullptr) return;
  data_->tlb.window[static_cast<size_t>(half)] = data_->window->base();
  ++counters_.windows;
}

// The windows of other harts are theirs; so that theirs cannot use up all room, each may have a little.
void MemoryPort::make_room_in_windows() noexcept {
  constexpr size_t kAlwaysAllowed = 256;
  Window* largest = nullptr;
  for (auto& context : data_pool_) {
    Window* const window = context->window.get();
    if (window != nullptr && (largest == nullptr || window->runs() > largest->runs())) largest = window;
  }
  if (largest != nullptr && largest->runs() > kAlwaysAllowed) largest->clear();
}

bool MemoryPort::fill_window(uint64_t va) noexcept {
  // As much at once as costs little more than a page, where a leaf maps more.
  constexpr uint64_t kAround = 16 * kPageSize;
  if (data_->window == nullptr) return false;
  const uint64_t page = va & ~kPageMask;
  if (data_->window->is_restless(va)) return false;
  if (tlb_slot(data_->tlb.read, page).tag != page && tlb_slot(data_->tlb.write, page).tag != page) return false;
  Translation to;
  if (!translate(data_->key, page, 1, Access::kLoad, to)) return false;
  if (!memory_.window_budget().is_room_left()) make_room_in_windows();
  const Ram& ram = memory_.ram();
  const uint64_t bytes = data_->key.mode() == SatpMode::kBare ? kAround : std::min(to.range, kAround);
  const uint64_t first = page & ~(bytes - 1), physical = to.physical & ~(bytes - 1);

  enum class Use : uint8_t { kNone, kRead, kWrite };
  const auto use_of = [&](uint64_t at) {
    if (!ram.contains(at, kPageSize) || !pmp_.is_uniform(at) || !pmp_.allows(at, 1, Access::kLoad, data_->key.priv)) return Use::kNone;
    uint32_t flags = 0;
    const bool is_writable = to.is_dirty && pmp_.allows(at, 1, Access::kStore, data_->key.priv) && claim_for_stores(at, flags);
    return is_writable ? Use::kWrite : Use::kRead;
  };
  bool is_new = false;
  for (uint64_t done = 0; done < bytes;) {
    const Use use = use_of(physical + done);
    uint64_t end = done + kPageSize;
    while (end < bytes && use_of(physical + end) == use) end += kPageSize;
    if (use != Use::kNone) is_new |= data_->window->map(first + done, physical + done - ram.base(), end - done, use == Use::kWrite);
    done = end;
  }
  if (!to.is_global) data_->has_own_in_window = true;
  if (is_new) ++counters_.window_fills;
  return is_new;
}

}  // namespace rvx
