// A hart's way to memory: context selection, slow paths and fences.
#include "mmu/memory_port.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "mmu/contexts.hpp"
#include "mmu/filter.hpp"
#include "mmu/host_access.hpp"
#include "mmu/walker.hpp"

namespace rvx {
namespace {

constexpr size_t kContexts = 16;

static_assert(std::endian::native == std::endian::little);

}  // namespace

MemoryPort::MemoryPort(PhysicalMemory& memory, HostTlbView& view, unsigned hart) : memory_(memory), view_(view), hart_(hart) {
  select(TranslationContext{}, TranslationContext{});
}

MemoryPort::~MemoryPort() = default;

template <class C>
C& MemoryPort::find_context(std::vector<std::unique_ptr<C>>& pool, const TranslationContext& key) noexcept {
  C* oldest = nullptr;
  // A modelled TLB may keep global pages as one address space's own.
  const bool is_lent = supervisor_is_global_ && key.is_supervisor() && model_ == nullptr;
  for (auto& context : pool) {
    TranslationContext wanted = key;
    if (is_lent && context->key.mode() == key.mode()) wanted.satp = context->key.satp;
    if (context->key == wanted) {
      context->last_use = ++clock_;
      if (wanted.satp != key.satp) {
        context->drop_own();
        context->key = key;
      }
      return *context;
    }
    if (oldest == nullptr || context->last_use < oldest->last_use) oldest = context.get();
  }
  if (pool.size() < kContexts) {
    pool.push_back(std::make_unique<C>(modelled_));
    oldest = pool.back().get();
  } else {
    oldest->clear();
    oldest->clear_modelled();
    oldest->close_window();
    if (filter_ != nullptr) filter_->forget_pages();
  }
  oldest->key = key;
  oldest->last_use = ++clock_;
  return *oldest;
}

void MemoryPort::select(const TranslationContext& data, const TranslationContext& fetch) noexcept {
  if (data_ == nullptr || !(data_->key == data)) {
    data_ = &find_context(data_pool_, data);
    view_.data = &data_->tlb;
    ++counters_.context_switches;
  }
  if (fetch_ == nullptr || !(fetch_->key == fetch)) {
    fetch_ = &find_context(fetch_pool_, fetch);
    view_.fetch = &fetch_->tlb;
    renew_generation();
  }
}

MemStatus MemoryPort::fail(FaultKind kind, Access access, uint64_t va) noexcept {
  fault_ = {static_cast<uint8_t>(exception_code(kind, access)), va};
  return MemStatus::kFault;
}

// `steps`: what was read on the way, if a model wants to know.
WalkResult MemoryPort::walk_tables(const TranslationContext& context, uint64_t va, Access access, ModelWalk* steps) noexcept {
  ++counters_.walks;
  Ram& ram = memory_.ram();
  const auto read_pte = [&](uint64_t pa, unsigned level, uint64_t& value) {
    if (!ram.contains(pa, 8) || !pmp_.allows(pa, 8, Access::kLoad, Priv::kS)) return false;
    value = std::atomic_ref(*reinterpret_cast<uint64_t*>(ram.at(pa))).load(std::memory_order_acquire);
    if (steps != nullptr) steps->note(pa, value, level);
    return true;
  };
  const auto update_pte = [&](uint64_t pa, uint64_t expected, uint64_t desired) {
    if (!pmp_.allows(pa, 8, Access::kStore, Priv::kS)) return -1;
    if (steps != nullptr) steps->updated = true;
    return std::atomic_ref(*reinterpret_cast<uint64_t*>(ram.at(pa))).compare_exchange_strong(expected, desired) ? 1 : 0;
  };
  return walk(context, va, access, read_pte, update_pte);
}

bool MemoryPort::translate(const TranslationContext& context, uint64_t va, unsigned size, Access access, Translation& result) noexcept {
  if (context.mode() == SatpMode::kBare) {
    result = {.physical = va, .is_dirty = true};
    if (data_line_shift_ != 0 && access != Access::kFetch) filter_->learn_page(*data_, va, access, result);
  } else if (model_ != nullptr) {
    if (!translate_modelled(context, va, access, result)) return false;
  } else {
    const WalkResult found = walk_tables(context, va, access, nullptr);
    if (found.fault != FaultKind::kNone) {
      static_cast<void>(fail(found.fault, access, va));
      return false;
    }
    result = {found.physical, found.range, found.global, is_ready_for_stores(found.leaf)};
  }
  if (!pmp_.allows(result.physical, size, access, context.priv)) {
    static_cast<void>(fail(FaultKind::kAccess, access, va));
    return false;
  }
  return true;
}

// Whether the page of RAM can be written to without being asked again. `flags` are those it had.
bool MemoryPort::claim_for_stores(uint64_t physical, uint32_t& flags) noexcept {
  std::atomic<uint32_t>& now = memory_.flags(physical);
  flags = now.load();
  if (flags & page_flag::kWatched) return false;
  // See PhysicalMemory for why this suffices while other harts translate code of the page.
  if (!(flags & (page_flag::kCode | page_flag::writer(hart_)))) flags = now.fetch_or(page_flag::writer(hart_));
  return !(flags & page_flag::kCode);
}

void MemoryPort::fill(uint64_t va, unsigned size, const Translation& to, Access access) noexcept {
  if (model_ != nullptr) return fill_filter(va, size, to, access);
  const uint64_t physical = to.physical;
  if (!pmp_.is_uniform(physical)) return;
  if (uint32_t flags = 0; access == Access::kStore && !claim_for_stores(physical, flags)) {
    if (!(flags & page_flag::kWatched)) fill_mixed(va, to);
    return;
  }
  auto& table = access == Access::kStore ? data_->tlb.write : data_->tlb.read;
  const uint64_t page = va & ~kPageMask;
  const auto host = reinterpret_cast<uint64_t>(memory_.ram().at(physical & ~kPageMask));
  TlbEntry& entry = tlb_slot(table, page);
  entry = {page, host - page};
  auto& own = access == Access::kStore ? data_->own_write : data_->own_read;
  own.note(static_cast<size_t>(&entry - table.data()), to.is_global);
  data_->note_leaf(va, to.range);
  ++counters_.tlb_fills;
}

void MemoryPort::fill_mixed(uint64_t va, const Translation& to) noexcept {
  const uint64_t physical = to.physical;
  const uint64_t page = va & ~kPageMask;
  const auto host = reinterpret_cast<uint64_t>(memory_.ram().at(physical & ~kPageMask));
  data_->tlb.mixed[(va >> kPageShift) & (kMixedTlbEntries - 1)] = {page, host - page, &memory_.code_lines(physical)};
  data_->note_leaf(va, to.range);
}

MemStatus MemoryPort::load_within_page(uint64_t va, unsigned size, uint64_t& value) noexcept {
  Translation to;
  if (!translate(data_->key, va, size, Access::kLoad, to)) return MemStatus::kFault;
  const uint64_t physical = to.physical;
  value = 0;
  if (memory_.ram().contains(physical, size)) {
    value = load_host(memory_.ram().at(physical), size);
    touch(to, size, Access::kLoad);
    fill(va, size, to, Access::kLoad);
    return MemStatus::kOk;
  }
  // CHOICE: devices take naturally aligned accesses only; others are access faults.
  ++counters_.device_accesses;
  if (physical % size != 0 || !memory_.read_device(physical, size, value, hart_)) return fail(FaultKind::kAccess, Access::kLoad, va);
  return MemStatus::kDevice;
}

// An access that may cost what the model has not allowed for.
template <class F>
MemStatus MemoryPort::charged(F&& access) noexcept {
  if (model_ == nullptr) return access();
  const uint64_t before = model_->account().stalls();
  const MemStatus status = access();
  const uint64_t after = model_->account().stalls();
  if (status == MemStatus::kFault || after == before || after <= most_stalls) return status;
  is_stalled = true;
  return MemStatus::kDevice;
}

MemStatus MemoryPort::load(uint64_t va, unsigned size, uint64_t& value) noexcept {
  if (model_ != nullptr) {
    if (const uint8_t* const host = at_hand(va, size, Access::kLoad)) {
      value = load_host(host, size);
      return MemStatus::kOk;
    }
  }
  return charged([&] { return load_unseen(va, size, value); });
}

MemStatus MemoryPort::load_unseen(uint64_t va, unsigned size, uint64_t& value) noexcept {
  if (data_line_shift_ != 0) {
    if (const uint8_t* const host = reach_known(va, size, Access::kLoad)) {
      value = load_host(host, size);
      return MemStatus::kOk;
    }
  }
  const uint64_t in_page = kPageSize - (va & kPageMask);
  if (size <= in_page) return load_within_page(va, size, value);
  // Over two pages: both parts must be RAM.
  const auto first_size = static_cast<unsigned>(in_page);
  const uint64_t second_va = va + first_size;
  Translation first, second;
  if (!translate(data_->key, va, first_size, Access::kLoad, first)) return MemStatus::kFault;
  if (!memory_.ram().contains(first.physical, first_size)) return fail(FaultKind::kAccess, Access::kLoad, va);
  if (!translate(data_->key, second_va, size - first_size, Access::kLoad, second)) return MemStatus::kFault;
  if (!memory_.ram().contains(second.physical, size - first_size)) return fail(FaultKind::kAccess, Access::kLoad, second_va);
  touch(first, first_size, Access::kLoad);
  touch(second, size - first_size, Access::kLoad);
  value = load_host(memory_.ram().at(first.physical), first_size) |
          load_host(memory_.ram().at(second.physical), size - first_size) << (8 * first_size);
  return MemStatus::kOk;
}

// Bytes into RAM or a device; then translated code of theirs is dropped.
MemStatus MemoryPort::store_physical(uint64_t va, uint64_t physical, unsigned size, uint64_t value) noexcept {
  if (!memory_.ram().contains(physical, size)) {
    ++counters_.device_accesses;
    if (physical % size != 0 || !memory_.write_device(physical, size, value, hart_))
      return fail(FaultKind::kAccess, Access::kStore, va);
    return MemStatus::kDevice;
  }
  store_host(memory_.ram().at(physical), size, value);
  memory_.written(physical, size, hart_);
  if (memory_.flags(physical).load(std::memory_order_relaxed) & page_flag::kWatched) {
    watch_hit = true;
    return MemStatus::kDevice;
  }
  return MemStatus::kOk;
}

MemStatus MemoryPort::store(uint64_t va, unsigned size, uint64_t value) noexcept {
  if (model_ != nullptr) {
    if (uint8_t* const host = at_hand(va, size, Access::kStore)) {
      store_host(host, size, value);
      return MemStatus::kOk;
    }
  }
  return charged([&] { return store_unseen(va, size, value); });
}

MemStatus MemoryPort::store_unseen(uint64_t va, unsigned size, uint64_t value) noexcept {
  if (data_line_shift_ != 0) {
    if (uint8_t* const host = reach_known(va, size, Access::kStore)) {
      store_host(host, size, value);
      return MemStatus::kOk;
    }
  }
  const uint64_t in_page = kPageSize - (va & kPageMask);
  Translation first, second;
  if (size <= in_page) {
    if (!translate(data_->key, va, size, Access::kStore, first)) return MemStatus::kFault;
    if (memory_.ram().contains(first.physical, size)) touch(first, size, Access::kStore);
    const MemStatus status = store_physical(va, first.physical, size, value);
    if (status == MemStatus::kOk) fill(va, size, first, Access::kStore);
    return status;
  }
  const auto first_size = static_cast<unsigned>(in_page);
  const unsigned second_size = size - first_size;
  const uint64_t second_va = va + first_size;
  if (!translate(data_->key, va, first_size, Access::kStore, first)) return MemStatus::kFault;
  if (!memory_.ram().contains(first.physical, first_size)) return fail(FaultKind::kAccess, Access::kStore, va);
  if (!translate(data_->key, second_va, second_size, Access::kStore, second)) return MemStatus::kFault;
  if (!memory_.ram().contains(second.physical, second_size)) return fail(FaultKind::kAccess, Access::kStore, second_va);
  touch(first, first_size, Access::kStore);
  touch(second, second_size, Access::kStore);
  const MemStatus a = store_physical(va, first.physical, first_size, value);
  const MemStatus b = store_physical(second_va, second.physical, second_size, value >> (8 * first_size));
  return a == MemStatus::kDevice ? a : b;
}

bool MemoryPort::store_beside_code(uint64_t va, unsigned size, uint64_t value) noexcept {
  const MixedEntry& e = mixed_slot(data_->tlb.mixed, va);
  const uint64_t last = va + size - 1;
  if ((last & ~kPageMask) != e.tag) return false;
  const uint64_t touched = uint64_t{1} << ((va & kPageMask) >> 6) | uint64_t{1} << ((last & kPageMask) >> 6);
  if (e.lines->load(std::memory_order_relaxed) & touched) return false;
  auto* const host = reinterpret_cast<uint8_t*>(va + e.addend);
  store_host(host, size, value);
  if (memory_.is_concurrent()) stored_at(host, size);  // another hart may have begun to translate these lines
  return true;
}

MemStatus MemoryPort::atomic_address(uint64_t va, unsigned size, Access access, uint8_t*& host) noexcept {
  return charged([&] { return atomic_address_unseen(va, size, access, host); });
}

MemStatus MemoryPort::atomic_address_unseen(uint64_t va, unsigned size, Access access, uint8_t*& host) noexcept {
  // CHOICE: misaligned atomics raise the misaligned exception, also inside a page.
  if (va % size != 0) return fail(FaultKind::kMisaligned, access, va);
  Translation to;
  if (!translate(data_->key, va, size, access, to)) return MemStatus::kFault;
  const uint64_t physical = to.physical;
  if (!memory_.ram().contains(physical, size)) return fail(FaultKind::kAccess, access, va);
  host = memory_.ram().at(physical);
  touch(to, size, access);
  if (access == Access::kStore && (memory_.flags(physical).load(std::memory_order_relaxed) & page_flag::kWatched)) {
    watch_hit = true;
    return MemStatus::kDevice;
  }
  fill(va, size, to, access);
  return MemStatus::kOk;
}

void MemoryPort::stored_at(const uint8_t* host, unsigned size) noexcept {
  memory_.written(memory_.ram().base() + static_cast<uint64_t>(host - memory_.ram().host()), size, hart_);
}

bool MemoryPort::prepare(uint64_t va, unsigned span, Access access, uint64_t& addend) noexcept {
  if ((va & kPageMask) + span > kPageSize) return false;
  Translation to;
  if (!translate(data_->key, va, 1, access, to) || !memory_.ram().contains(to.physical, 1)) return false;
  fill(va, 1, to, access);
  const TlbEntry& e = tlb_slot(access == Access::kStore ? data_->tlb.write : data_->tlb.read, va);
  addend = e.addend;
  return e.tag == (va & ~kPageMask);
}

MemStatus MemoryPort::check_block(uint64_t va, unsigned size) noexcept {
  // Allowed where a load or a store is; whatever allows stores allows loads too. Faults are store
  // faults, at the address that the instruction named ("Cache-Block Management Instructions").
  Translation to;
  if (!translate(data_->key, va, 1, Access::kLoad, to)) {
    const bool is_page_fault = fault_.code == exception_code(FaultKind::kPage, Access::kLoad);
    return fail(is_page_fault ? FaultKind::kPage : FaultKind::kAccess, Access::kStore, va);
  }
  const uint64_t physical = to.physical & ~uint64_t{size - 1};
  const bool is_there = memory_.ram().contains(physical, size) || memory_.bus().find(physical) != nullptr;
  if (!is_there || !pmp_.allows(physical, size, Access::kLoad, data_->key.priv)) return fail(FaultKind::kAccess, Access::kStore, va);
  return MemStatus::kOk;
}

MemStatus MemoryPort::zero_block(uint64_t va, unsigned size) noexcept {
  // Kernels clear pages block by block.
  if (const TlbEntry& e = tlb_slot(data_->tlb.write, va); e.tag == (va & ~kPageMask)) {
    std::memset(reinterpret_cast<void*>((va & ~uint64_t{size - 1}) + e.addend), 0, size);
    return MemStatus::kOk;
  }
  Translation to;
  if (!translate(data_->key, va, 1, Access::kStore, to)) return MemStatus::kFault;
  const uint64_t physical = to.physical & ~uint64_t{size - 1};
  if (!pmp_.allows(physical, size, Access::kStore, data_->key.priv)) return fail(FaultKind::kAccess, Access::kStore, va);
  if (!memory_.ram().contains(physical, size)) return fail(FaultKind::kAccess, Access::kStore, va);
  to.physical = physical;
  touch(to, size, Access::kStore);
  std::memset(memory_.ram().at(physical), 0, size);
  memory_.written(physical, size, hart_);
  fill(va & ~uint64_t{size - 1}, size, to, Access::kStore);
  return MemStatus::kOk;
}

MemStatus MemoryPort::translate_fetch(uint64_t va, unsigned size, uint64_t& physical) noexcept {
  Translation to;
  if (!translate(fetch_->key, va, size, Access::kFetch, to)) return MemStatus::kFault;
  physical = to.physical;
  if (model_ != nullptr) filter_->fetched(*fetch_, va, to.tlb_slot);
  fetch_->note_leaf(va, to.range);
  fetch_->note_fetch(va);
  if (!to.is_global) fetch_->has_own = true;
  if (fetch_->key.is_supervisor()) supervisor_is_global_ = to.is_global;
  return MemStatus::kOk;
}

void MemoryPort::fence(std::optional<uint64_t> va, std::optional<uint16_t> asid) noexcept {
  const auto apply = [&](auto& pool) {
    for (auto& context : pool) {
      if (context->key.mode() == SatpMode::kBare) continue;
      if (asid && context->key.asid() != *asid) continue;
      if (va) {
        context->drop(*va, asid.has_value());
      } else if (asid && context->key.is_supervisor()) {
        context->drop_own();  // A fence for one address space leaves global pages alone.
      } else {
        context->clear();
        ++counters_.flushes;
      }
    }
  };
  if (va) ++counters_.page_flushes;
  if (model_ != nullptr) model_->fence({va, asid});
  apply(data_pool_);
  apply(fetch_pool_);
  renew_generation();
}

void MemoryPort::renew_generation() noexcept {
  if (fetch_->generation == 0) fetch_->generation = memory_.new_generation();
  view_.fetch_generation = fetch_->generation;
}

void MemoryPort::flush_all() noexcept {
  for (auto& context : data_pool_) {
    context->clear();
    context->clear_modelled();
  }
  for (auto& context : fetch_pool_) context->clear();
  if (filter_ != nullptr) filter_->forget_pages();
  renew_generation();
  counters_.flushes += data_pool_.size() + fetch_pool_.size();
}

void MemoryPort::drop_write_entries(uint64_t physical) noexcept {
  const auto host = reinterpret_cast<uint64_t>(memory_.ram().at(physical & ~kPageMask));
  for (auto& context : data_pool_)
    for (TlbEntry& e : context->tlb.write)
      if (e.tag != kInvalidTag && e.tag + e.addend == host) e.tag = kInvalidTag;
  if (model_ != nullptr) {
    for (auto& context : data_pool_)
      for (ModelledEntry& e : context->tlb.modelled_write)
        if (e.tag != kInvalidTag && e.tag + e.addend - host < kPageSize) e.tag = kInvalidTag;
    filter_->forget_pages();
  }
  const uint64_t offset = host - reinterpret_cast<uint64_t>(memory_.ram().host());
  for (auto& context : data_pool_)
    if (context->window != nullptr) context->window->drop_writable(offset);
}

}  // namespace rvx
