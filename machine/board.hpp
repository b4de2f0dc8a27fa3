// The boards as a constant table, made from board.inc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rvx {

enum class DeviceKind : uint8_t { kRom, kFinisher, kRtc, kClint, kPlic, kUart, kVirtio };

struct BoardDevice {
  std::string_view board;
  std::string_view name;  // "uart", "virtio7": unique on its board
  DeviceKind kind;
  uint64_t base;                // physical address
  uint64_t size;                // bytes
  unsigned irq;                 // input of the PLIC, 0 = none
  std::string_view node;        // name in the device tree, empty = not there
  std::string_view compatible;  // strings with NULs between them, as the device tree has it
};

inline constexpr BoardDevice kBoardDevices[] = {
#define BOARD(...)
#define DEVICE(board, name, kind, base, size, irq, node, compatible) \
  {#board,                                                           \
   name,                                                             \
   DeviceKind::k##kind,                                              \
   base,                                                             \
   size,                                                             \
   irq,                                                              \
   node,                                                             \
   std::string_view(compatible, sizeof(compatible) - 1)},
#include "machine/board.inc"
#undef BOARD
#undef DEVICE
};

struct Board {
  std::string_view name;
  std::string_view compatible;  // of the device tree's root
  std::string_view model;
  std::string_view soc_compatible;  // strings with NULs between them
  uint64_t ram_base;                // physical address
  uint64_t default_ram;             // bytes
  uint64_t next_stage;              // offset into RAM, bytes: where firmware finds what it starts
  uint64_t fw_jump_dtb;             // offset into RAM, bytes: fw_jump copies the device tree to it
  uint64_t timebase_hz;             // ticks of mtime in a second
  unsigned plic_sources;            // interrupt sources 1 .. plic_sources
  unsigned plic_max_priority;

  // All devices, in the order of board.inc.
  [[nodiscard]] constexpr std::span<const BoardDevice> devices() const noexcept {
    const std::span<const BoardDevice> all(kBoardDevices);
    size_t first = 0;
    while (first < all.size() && all[first].board != name) ++first;
    size_t last = first;
    while (last < all.size() && all[last].board == name) ++last;
    return all.subspan(first, last - first);
  }

  [[nodiscard]] constexpr size_t count(DeviceKind kind) const noexcept {
    size_t n = 0;
    for (const BoardDevice& device : devices()) n += device.kind == kind;
    return n;
  }

  // The device of that kind, or the index-th (from 0, lowest address first) of several; nullptr
  // where the board has none.
  [[nodiscard]] constexpr const BoardDevice* find(DeviceKind kind,
                                                  size_t index = 0) const noexcept {
    for (const BoardDevice& device : devices()) {
      if (device.kind == kind && index-- == 0) return &device;
    }
    return nullptr;
  }

  [[nodiscard]] constexpr const BoardDevice* find(std::string_view device_name) const noexcept {
    for (const BoardDevice& device : devices()) {
      if (device.name == device_name) return &device;
    }
    return nullptr;
  }

  // The slot for the nth (from 0) virtio device that is attached without naming a slot. Slots fill
  // from the highest address down, as QEMU's do; nullptr when all are taken.
  [[nodiscard]] constexpr const BoardDevice* virtio_slot(size_t nth) const noexcept {
    const size_t slots = count(DeviceKind::kVirtio);
    return nth < slots ? find(DeviceKind::kVirtio, slots - 1 - nth) : nullptr;
  }

  // Where harts begin: the start of the boot ROM.
  [[nodiscard]] constexpr uint64_t reset_vector() const noexcept {
    return find(DeviceKind::kRom)->base;
  }
};

inline constexpr Board kBoards[] = {
#define BOARD(name, compatible, model, soc_compatible, ram_base, default_ram, next_stage, \
              fw_jump_dtb, timebase_hz, plic_sources, plic_max_priority)                  \
  {#name,                                                                                 \
   compatible,                                                                            \
   model,                                                                                 \
   std::string_view(soc_compatible, sizeof(soc_compatible) - 1),                          \
   ram_base,                                                                              \
   default_ram,                                                                           \
   next_stage,                                                                            \
   fw_jump_dtb,                                                                           \
   timebase_hz,                                                                           \
   plic_sources,                                                                          \
   plic_max_priority},
#define DEVICE(...)
#include "machine/board.inc"
#undef BOARD
#undef DEVICE
};

// The board of that name, or nullptr.
[[nodiscard]] constexpr const Board* find_board(std::string_view name) noexcept {
  for (const Board& board : kBoards) {
    if (board.name == name) return &board;
  }
  return nullptr;
}

}  // namespace rvx
