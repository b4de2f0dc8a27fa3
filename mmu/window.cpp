// A context's address space laid out in the host's own, page by page as it is used.
#include "mmu/window.hpp"

#include <sys/mman.h>

#include "mmu/types.hpp"

namespace rvx {
namespace {

constexpr uint64_t kReserved = kWindowSize + 2 * kWindowGuard;
constexpr int kNothing = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

// Linux allows a process 65,530 mappings in the usual setting. A run is one, the gap behind it may be
// another, and the rest of this program needs some too.
constexpr size_t kMostRuns = 24'000;
constexpr size_t kRefusedRuns = 30'000;

}  // namespace

bool WindowBudget::is_room_left() const noexcept { return runs.load(std::memory_order_relaxed) < kMostRuns; }

std::unique_ptr<Window> Window::create(const Ram& ram, WindowBudget& budget, WindowHalf half) {
  if (ram.base() + ram.size() > kWindowSize) return nullptr;
  void* reserved = mmap(nullptr, kReserved, PROT_NONE, kNothing, -1, 0);
  if (reserved == MAP_FAILED) return nullptr;
  // No crash of this program should write out what the guest does not use.
  static_cast<void>(madvise(reserved, kReserved, MADV_DONTDUMP));
  return std::unique_ptr<Window>(new Window(reserved, ram, budget, half));
}

Window::~Window() {
  budget_.runs -= runs_;
  munmap(reserved_, kReserved);
}

bool Window::has(uint64_t va, uint64_t offset, bool is_writable) const noexcept {
  const auto known = pages_.find(va);
  return known != pages_.end() && known->second.offset == offset && (known->second.is_writable || !is_writable);
}

bool Window::map(uint64_t va, uint64_t offset, uint64_t bytes, bool is_writable) noexcept {
  if (is_closed_ || !contains(va) || !contains(va + bytes - 1)) return false;
  bool is_there = true;
  for (uint64_t done = 0; done < bytes && is_there; done += kPageSize) is_there = has(va + done, offset + done, is_writable);
  if (is_there || budget_.runs.load(std::memory_order_relaxed) >= kRefusedRuns) return false;
  const int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const at = reinterpret_cast<void*>(base() + va);
  if (mmap(at, bytes, protection, MAP_SHARED | MAP_FIXED | MAP_POPULATE, ram_.fd(), static_cast<off_t>(offset)) == MAP_FAILED) {
    unmap(va, bytes);
    return false;
  }
  for (uint64_t done = 0; done < bytes; done += kPageSize) note(va + done, offset + done, is_writable);
  return true;
}

void Window::unmap(uint64_t va, uint64_t bytes) noexcept {
  if (mmap(reinterpret_cast<void*>(base() + va), bytes, PROT_NONE, kNothing | MAP_FIXED, -1, 0) == MAP_FAILED) {
    // This host allows so few mappings that none can be split. All of them can be closed without that.
    if (mprotect(reserved_, kReserved, PROT_NONE) != 0) __builtin_trap();
    is_closed_ = true;
    return forget_all();
  }
  if (bytes == kWindowSize) return forget_all();
  for (uint64_t done = 0; done < bytes; done += kPageSize) forget(va + done);
}

// Whether the host keeps the page in one mapping with the page before it.
bool Window::continues(uint64_t page) const noexcept {
  const auto here = pages_.find(page), before = pages_.find(page - kPageSize);
  return here != pages_.end() && before != pages_.end() && here->second.is_writable == before->second.is_writable &&
         here->second.offset == before->second.offset + kPageSize;
}

void Window::count(size_t added, size_t removed) noexcept {
  runs_ += added - removed;
  budget_.runs += added - removed;
}

void Window::note(uint64_t page, uint64_t offset, bool is_writable) noexcept {
  forget(page);
  pages_[page] = {offset, is_writable, drops_};
  if (is_writable) writable_.emplace(offset, page);
  count(1, size_t{continues(page)} + size_t{continues(page + kPageSize)});
}

// What is known of the page.
void Window::forget(uint64_t page) noexcept {
  const auto known = pages_.find(page);
  if (known == pages_.end()) return;
  count(size_t{continues(page)} + size_t{continues(page + kPageSize)}, 1);
  if (known->second.is_writable) {
    const auto [first, last] = writable_.equal_range(known->second.offset);
    for (auto i = first; i != last; ++i) {
      if (i->second != page) continue;
      writable_.erase(i);
      break;
    }
  }
  pages_.erase(known);
}

void Window::forget_all() noexcept {
  count(0, runs_);
  pages_.clear();
  writable_.clear();
}

void Window::drop(uint64_t va, uint64_t bytes) noexcept {
  if (pages_.empty() || !contains(va)) return;
  ++drops_;
  if (const auto known = pages_.find(va); bytes == kPageSize && known != pages_.end()) {
    uint8_t& lives = short_lives_[life_slot(va)];
    if (drops_ - known->second.since > kShortLife) lives = 0;
    else if (lives < kManyShortLives) ++lives;
  }
  bool is_any = false;
  for (uint64_t done = 0; done < bytes && !is_any; done += kPageSize) is_any = pages_.contains(va + done);
  if (is_any) unmap(va, bytes);
}

void Window::clear() noexcept {
  if (!pages_.empty()) unmap(window_start(half_), kWindowSize);
}

void Window::drop_writable(uint64_t offset) noexcept {
  for (auto i = writable_.find(offset); i != writable_.end(); i = writable_.find(offset)) unmap(i->second, kPageSize);
}

}  // namespace rvx
