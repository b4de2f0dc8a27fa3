// A context's address space laid out in the host's own, page by page as it is used.
#include "mmu/window.hpp"

#include <sys/mman.h>

#include "mmu/types.hpp"

namespace rvx {
namespace {

constexpr uint64_t kReserved = kWindowSize + 2 * kWindowGuard;
constexpr int kNothing = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

// Linux allows a process 65,530 mappings in the usual setting. A page is one, the gap behind it may be
// another, and the rest of this program needs some too.
constexpr size_t kMostPages = 24'000;
constexpr size_t kRefusedPages = 30'000;

}  // namespace

bool WindowBudget::is_room_left() const noexcept { return pages.load(std::memory_order_relaxed) < kMostPages; }

std::unique_ptr<Window> Window::create(const Ram& ram, WindowBudget& budget) {
  if (ram.base() + ram.size() > kWindowSize) return nullptr;
  void* reserved = mmap(nullptr, kReserved, PROT_NONE, kNothing, -1, 0);
  if (reserved == MAP_FAILED) return nullptr;
  // No crash of this program should write out what the guest does not use.
  static_cast<void>(madvise(reserved, kReserved, MADV_DONTDUMP));
  return std::unique_ptr<Window>(new Window(reserved, ram, budget));
}

Window::~Window() {
  budget_.pages -= pages_.size();
  munmap(reserved_, kReserved);
}

bool Window::map(uint64_t va, uint64_t offset, bool is_writable) noexcept {
  const uint64_t page = va & ~kPageMask;
  if (page >= kWindowSize || is_closed_) return false;
  const auto known = pages_.find(page);
  if (known != pages_.end() && known->second.offset == offset && (known->second.is_writable || !is_writable)) return false;
  if (known == pages_.end() && budget_.pages.load(std::memory_order_relaxed) >= kRefusedPages) return false;
  const int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const at = reinterpret_cast<void*>(base() + page);
  if (mmap(at, kPageSize, protection, MAP_SHARED | MAP_FIXED | MAP_POPULATE, ram_.fd(), static_cast<off_t>(offset)) == MAP_FAILED) {
    unmap(page, kPageSize);
    return false;
  }
  forget(page);
  pages_[page] = {offset, is_writable};
  ++budget_.pages;
  if (is_writable) writable_.emplace(offset, page);
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

void Window::forget_all() noexcept {
  budget_.pages -= pages_.size();
  pages_.clear();
  writable_.clear();
}

// What is known of the page at va.
void Window::forget(uint64_t va) noexcept {
  const auto known = pages_.find(va);
  if (known == pages_.end()) return;
  if (known->second.is_writable) {
    const auto [first, last] = writable_.equal_range(known->second.offset);
    for (auto i = first; i != last; ++i) {
      if (i->second != va) continue;
      writable_.erase(i);
      break;
    }
  }
  pages_.erase(known);
  --budget_.pages;
}

void Window::drop(uint64_t va, uint64_t bytes) noexcept {
  if (pages_.empty() || va >= kWindowSize) return;
  bool is_any = false;
  for (uint64_t done = 0; done < bytes && !is_any; done += kPageSize) is_any = pages_.contains(va + done);
  if (is_any) unmap(va, bytes);
}

void Window::clear() noexcept {
  if (!pages_.empty()) unmap(0, kWindowSize);
}

void Window::drop_writable(uint64_t offset) noexcept {
  for (auto i = writable_.find(offset); i != writable_.end(); i = writable_.find(offset)) unmap(i->second, kPageSize);
}

}  // namespace rvx
