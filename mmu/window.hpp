// A context's address space laid out in the host's own: translated code reaches a page that is mapped here
// without any check, and the host's MMU tells it of the others.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "devices/ram.hpp"

namespace rvx {

// Either half of what Sv39 can address; RAM and all devices lie in the lower one where addresses are physical.
inline constexpr unsigned kWindowBits = 38;
inline constexpr uint64_t kWindowSize = uint64_t{1} << kWindowBits;
// Nothing is ever mapped this far around a window: an address that was checked may be off by as much.
inline constexpr uint64_t kWindowGuard = uint64_t{1} << 21;

enum class WindowHalf : uint8_t { kLower, kUpper };

// The first address of the half. An address lies in the lower half if it is below kWindowSize, in the upper
// one if it is not below this.
[[nodiscard]] constexpr uint64_t window_start(WindowHalf half) noexcept { return half == WindowHalf::kLower ? 0 : -kWindowSize; }

// What all windows of a machine have together: hosts limit what a process may map.
struct WindowBudget {
  std::atomic<size_t> runs = 0;
  // Whether the host can be asked for more and still be far from its limit.
  [[nodiscard]] bool is_room_left() const noexcept;
};

class Window {
 public:
  // nullptr when the host has no room for one.
  [[nodiscard]] static std::unique_ptr<Window> create(const Ram& ram, WindowBudget& budget, WindowHalf half);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // To be added to a guest virtual address, modulo 2^64: its host address.
  [[nodiscard]] uint64_t base() const noexcept { return reinterpret_cast<uint64_t>(reserved_) + kWindowGuard - window_start(half_); }

  // Map the pages from `va` on to those from `offset` bytes into RAM on. False: they are mapped so
  // already, or there are as many as the host can be asked for.
  bool map(uint64_t va, uint64_t offset, uint64_t bytes, bool is_writable) noexcept;
  // Pages that follow each other in RAM as they do here are one mapping: so many are needed.
  [[nodiscard]] size_t runs() const noexcept { return runs_; }
  // Unmap whatever of [va, va + bytes) is mapped.
  void drop(uint64_t va, uint64_t bytes) noexcept;
  // Whether mapping the page is a waste: several times running it was dropped soon after. Kernels patch
  // their code through a page that they map and unmap each time.
  [[nodiscard]] bool is_restless(uint64_t va) const noexcept { return short_lives_[life_slot(va)] >= kManyShortLives; }
  void clear() noexcept;
  // The page of RAM at `offset` must not be written to any more, wherever it is mapped.
  void drop_writable(uint64_t offset) noexcept;

 private:
  Window(void* reserved, const Ram& ram, WindowBudget& budget, WindowHalf half)
      : reserved_(reserved), ram_(ram), budget_(budget), half_(half) {}
  [[nodiscard]] bool contains(uint64_t va) const noexcept { return va - window_start(half_) < kWindowSize; }
  // Whether the page is mapped to that page of RAM, and writable if that is asked for.
  [[nodiscard]] bool has(uint64_t va, uint64_t offset, bool is_writable) const noexcept;
  [[nodiscard]] bool continues(uint64_t page) const noexcept;
  void unmap(uint64_t va, uint64_t bytes) noexcept;
  void note(uint64_t page, uint64_t offset, bool is_writable) noexcept;
  void forget(uint64_t page) noexcept;
  void forget_all() noexcept;
  void count(size_t added, size_t removed) noexcept;

  static constexpr uint8_t kManyShortLives = 16;
  static constexpr uint64_t kShortLife = 4;  // calls of drop()
  static constexpr size_t kLifeSlots = 1024;
  static size_t life_slot(uint64_t va) noexcept { return (va >> 12) % kLifeSlots; }

  struct Mapped {
    uint64_t offset;
    bool is_writable;
    uint64_t since;  // drops_ when it was mapped
  };
  void* reserved_;
  const Ram& ram_;
  WindowBudget& budget_;
  WindowHalf half_;
  bool is_closed_ = false;                                // has no page any more
  size_t runs_ = 0;
  uint64_t drops_ = 0;                                    // calls of drop()
  std::array<uint8_t, kLifeSlots> short_lives_{};         // of single pages, running
  std::unordered_map<uint64_t, Mapped> pages_;            // by va
  std::unordered_multimap<uint64_t, uint64_t> writable_;  // va by offset
};

}  // namespace rvx
