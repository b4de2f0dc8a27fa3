// A context's address space laid out in the host's own, page by page as it is used.
#include "mmu/window.hpp"

#include <sys/mman.h>

#include "mmu/types.hpp"

namespace rvx {
namespace {

constexpr uint64_t kReserved = kWindowSize + 2 * kWindowGuard;
constexpr int kNothing = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
// Hosts limit the number of mappings to 65,530 in the usual setting, and others need some too.
constexpr size_t kMaxPages = 40'000;

}  // namespace

std::unique_ptr<Window> Window::create(const Ram& ram) {
  if (ram.base() + ram.size() > kWindowSize) return nullptr;
  void* reserved = mmap(nullptr, kReserved, PROT_NONE, kNothing, -1, 0);
  if (reserved == MAP_FAILED) return nullptr;
  // No crash of this program should write out what the guest does not use.
  static_cast<void>(madvise(reserved, kReserved, MADV_DONTDUMP));
  return std::unique_ptr<Window>(new Window(reserved, ram));
}

Window::~Window() { munmap(reserved_, kReserved); }

bool Window::map(uint64_t va, uint64_t offset, bool is_writable) noexcept {
  const uint64_t page = va & ~kPageMask;
  if (const auto known = pages_.find(page); known != pages_.end() && known->second.offset == offset && (known->second.is_writable || !is_writable))
    return false;
  return map_range(page, offset, kPageSize, is_writable);
}

bool Window::map_range(uint64_t va, uint64_t offset, uint64_t bytes, bool is_writable) noexcept {
  if (va >= kWindowSize || bytes > kWindowSize - va) return false;
  if (pages_.size() + (bytes >> kPageShift) > kMaxPages) clear();
  const int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const at = reinterpret_cast<void*>(base() + va);
  if (mmap(at, bytes, protection, MAP_SHARED | MAP_FIXED | MAP_POPULATE, ram_.fd(), static_cast<off_t>(offset)) == MAP_FAILED) {
    unmap(va, bytes);
    return false;
  }
  for (uint64_t done = 0; done < bytes; done += kPageSize) {
    forget(va + done);
    pages_[va + done] = {offset + done, is_writable};
    if (is_writable) writable_.emplace(offset + done, va + done);
  }
  return true;
}

void Window::unmap(uint64_t va, uint64_t bytes) noexcept {
  if (mmap(reinterpret_cast<void*>(base() + va), bytes, PROT_NONE, kNothing | MAP_FIXED, -1, 0) == MAP_FAILED) __builtin_trap();
  if (bytes >= kWindowSize) return;
  for (uint64_t done = 0; done < bytes; done += kPageSize) forget(va + done);
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
}

void Window::drop(uint64_t va, uint64_t bytes) noexcept {
  if (pages_.empty() || va >= kWindowSize) return;
  if (bytes == kPageSize) {
    if (pages_.contains(va)) unmap(va, bytes);
    return;
  }
  bool is_any = false;
  for (uint64_t done = 0; done < bytes && !is_any; done += kPageSize) is_any = pages_.contains(va + done);
  if (is_any) unmap(va, bytes);
}

void Window::clear() noexcept {
  if (pages_.empty()) return;
  unmap(0, kWindowSize);
  pages_.clear();
  writable_.clear();
}

void Window::drop_writable(uint64_t offset) noexcept {
  for (auto i = writable_.find(offset); i != writable_.end(); i = writable_.find(offset)) unmap(i->second, kPageSize);
}

}  // namespace rvx
