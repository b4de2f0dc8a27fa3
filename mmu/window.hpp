// A context's address space laid out in the host's own: translated code reaches a page that is mapped here
// without any check, and the host's MMU tells it of the others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "devices/ram.hpp"

namespace rvx {

// The lower half of what Sv39 can address; RAM and all devices lie below it too where addresses are
// physical. A larger address is outside.
inline constexpr unsigned kWindowBits = 38;
inline constexpr uint64_t kWindowSize = uint64_t{1} << kWindowBits;
// Nothing is ever mapped this far around a window: an address that was checked may be off by as much.
inline constexpr uint64_t kWindowGuard = uint64_t{1} << 21;

// The pages that all windows of a machine have together: hosts limit what a process may map.
struct WindowBudget {
  std::atomic<size_t> pages = 0;
  // Whether the host can be asked for another page and still be far from its limit.
  [[nodiscard]] bool is_room_left() const noexcept;
};

class Window {
 public:
  // nullptr when the host has no room for one.
  [[nodiscard]] static std::unique_ptr<Window> create(const Ram& ram, WindowBudget& budget);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Host address of guest virtual address 0; of any other: that much further.
  [[nodiscard]] uint64_t base() const noexcept { return reinterpret_cast<uint64_t>(reserved_) + kWindowGuard; }

  // Map the page at `va` to the RAM page at `offset` bytes into RAM. False: it is mapped so already, or
  // there are as many as the host can be asked for.
  bool map(uint64_t va, uint64_t offset, bool is_writable) noexcept;
  [[nodiscard]] size_t pages() const noexcept { return pages_.size(); }
  // Unmap whatever of [va, va + bytes) is mapped.
  void drop(uint64_t va, uint64_t bytes) noexcept;
  void clear() noexcept;
  // No page of it stays writable by way of the RAM page at `offset`.
  void drop_writable(uint64_t offset) noexcept;

 private:
  Window(void* reserved, const Ram& ram, WindowBudget& budget) : reserved_(reserved), ram_(ram), budget_(budget) {}
  void unmap(uint64_t va, uint64_t bytes) noexcept;
  void forget(uint64_t va) noexcept;
  void forget_all() noexcept;

  struct Mapped {
    uint64_t offset;
    bool is_writable;
  };
  void* reserved_;
  const Ram& ram_;
  WindowBudget& budget_;
  bool is_closed_ = false;                                // has no page any more
  std::unordered_map<uint64_t, Mapped> pages_;            // by va
  std::unordered_multimap<uint64_t, uint64_t> writable_;  // va by offset
};

}  // namespace rvx
