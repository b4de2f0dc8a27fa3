// Deciding where kernel, initrd and device tree go in RAM.
#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "machine/byte_size.hpp"
#include "machine/image_loader.hpp"

namespace rvx {
namespace {

constexpr uint64_t kPage = 4096;
// RV64 kernels are mapped by 2 MiB pages from their first byte on.
constexpr uint64_t kKernelAlignment = 2 * kMiB;
// QEMU's distance from kernel to initrd: half of RAM, at most this much.
constexpr uint64_t kMaxInitrdDistance = 512 * kMiB;
// Firmware adds nodes to the device tree where it stands.
constexpr uint64_t kDtbSpare = 16 * kKiB;
// Where the device tree's place of 2 MiB alignment is taken (little RAM), a finer one does.
constexpr uint64_t kDtbAlignments[] = {2 * kMiB, 64 * kKiB, kPage};

// RAM and what is taken of it.
class Room {
 public:
  explicit Room(PhysRange ram) : ram_(ram) {}

  void take(PhysRange range) { taken_.push_back(range); }
  void take(const std::vector<PhysRange>& ranges) {
    taken_.insert(taken_.end(), ranges.begin(), ranges.end());
  }

  [[nodiscard]] bool is_free(uint64_t base, uint64_t size) const {
    const uint64_t offset = base - ram_.base;
    if (offset >= ram_.size || size > ram_.size - offset) return false;
    return std::none_of(taken_.begin(), taken_.end(), [&](const PhysRange& range) {
      return range.overlaps({base, size});
    });
  }

  // The lowest free place from `start` on.
  [[nodiscard]] std::optional<uint64_t> lowest(uint64_t start, uint64_t size) const {
    std::optional<uint64_t> best;
    const auto consider = [&](uint64_t base) {
      if (base >= start && is_free(base, size) && (!best || base < *best)) best = base;
    };
    consider(align_up(start, kPage));
    for (const PhysRange& range : taken_) consider(align_up(range.end(), kPage));
    return best;
  }

  [[nodiscard]] std::optional<uint64_t> highest(uint64_t size, uint64_t alignment) const {
    std::optional<uint64_t> best;
    const auto consider = [&](uint64_t end) {
      const uint64_t base = align_down(end - size, alignment);
      if (end - ram_.base >= size && is_free(base, size) && (!best || base > *best)) best = base;
    };
    consider(ram_.end());
    for (const PhysRange& range : taken_) consider(range.base);
    return best;
  }

 private:
  PhysRange ram_;
  std::vector<PhysRange> taken_;
};

// A program may have its stack at the end of RAM and leave everything before that free.
std::vector<PhysRange> parts_or_all(const std::vector<PhysRange>& parts, PhysRange all) {
  return parts.empty() ? std::vector<PhysRange>{all} : parts;
}

bool overlap(const std::vector<PhysRange>& a, const std::vector<PhysRange>& b) {
  return std::any_of(a.begin(), a.end(), [&b](const PhysRange& one) {
    return std::any_of(b.begin(), b.end(),
                       [&one](const PhysRange& other) { return one.overlaps(other); });
  });
}

struct Shortage {
  std::string name;
  uint64_t size = 0;  // bytes
};

uint64_t kernel_base(const LayoutInput& in) {
  uint64_t offset = in.firmware.is_empty() ? 0 : in.board->next_stage;
  if (in.kernel_text_offset) offset = align_up(*in.kernel_text_offset, kKernelAlignment);
  const uint64_t base = in.board->ram_base + offset;
  if (in.firmware.overlaps({base, std::max<uint64_t>(1, in.firmware.size)})) {
    return align_up(in.firmware.end(), kKernelAlignment);
  }
  return base;
}

std::optional<Layout> layout_in(const LayoutInput& in, uint64_t ram_size, Shortage& shortage) {
  const uint64_t ram_base = in.board->ram_base;
  Room room({ram_base, ram_size});
  Layout layout;

  if (!in.firmware.is_empty()) {
    shortage = {in.firmware_name, in.firmware.size};
    if (!room.is_free(in.firmware.base, in.firmware.size)) return std::nullopt;
    room.take(parts_or_all(in.firmware_parts, in.firmware));
  }

  if (!in.kernel_name.empty()) {
    shortage = {in.kernel_name, in.kernel_size};
    layout.kernel =
        in.kernel_fixed.is_empty() ? PhysRange{kernel_base(in), in.kernel_size} : in.kernel_fixed;
    const auto parts = parts_or_all(in.kernel_parts, layout.kernel);
    for (const PhysRange& part : parts) {
      if (!room.is_free(part.base, part.size)) return std::nullopt;
    }
    room.take(parts);
  }

  const uint64_t dtb_room = in.dtb_size + kDtbSpare;
  if (in.dtb_size != 0) {
    shortage = {"the device tree", dtb_room};
    std::optional<uint64_t> base;
    for (const uint64_t alignment : kDtbAlignments) {
      if (!base) base = room.highest(dtb_room, alignment);
    }
    if (!base) return std::nullopt;
    layout.dtb = {*base, in.dtb_size};
    room.take({*base, dtb_room});
  }

  if (!in.firmware.is_empty()) {
    const PhysRange copied = {ram_base + in.board->fw_jump_dtb, dtb_room};
    layout.kernel_covers_fw_jump_dtb = copied.overlaps(layout.kernel);
    room.take(copied);
  }
  if (in.initrd_size != 0) {
    shortage = {in.initrd_name, in.initrd_size};
    const uint64_t after =
        layout.kernel.is_empty() ? ram_base + in.board->next_stage : layout.kernel.base;
    auto base = room.lowest(after + std::min(ram_size / 2, kMaxInitrdDistance), in.initrd_size);
    if (!base) base = room.highest(in.initrd_size, kPage);
    if (!base) return std::nullopt;
    layout.initrd = {*base, in.initrd_size};
  }
  return layout;
}

// A kernel that stands where the firmware is: no amount of RAM helps.
std::optional<Error> refuse_overlap(const LayoutInput& in) {
  if (in.kernel_name.empty() || in.kernel_fixed.is_empty()) return std::nullopt;
  if (!overlap(parts_or_all(in.kernel_parts, in.kernel_fixed),
               parts_or_all(in.firmware_parts, in.firmware))) {
    return std::nullopt;
  }
  return unusable_error(
      fmt::format("{} loads at {}, where the firmware {} sits ({}); it looks like an M-mode "
                  "program; use --bios "
                  "none, or rvx run {}",
                  in.kernel_name, in.kernel_fixed.text(), in.firmware_name, in.firmware.text(),
                  in.kernel_name));
}

}  // namespace

Result<Layout> plan_layout(const LayoutInput& in) {
  if (auto error = refuse_overlap(in)) return *error;
  Shortage shortage;
  if (auto layout = layout_in(in, in.ram_size, shortage)) return *layout;

  std::string advice = "no RAM that a host has would do; check the file";
  Shortage ignored;
  for (uint64_t ram = std::bit_ceil(std::max(in.ram_size + 1, kMiB)); ram <= kMaxSuggestedRam;
       ram *= 2) {
    if (!layout_in(in, ram, ignored)) continue;
    advice = fmt::format("use {} or more", memory_option_text(ram));
    break;
  }
  return unusable_error(fmt::format("{} ({}) does not fit into RAM; there are {}; {}",
                                    shortage.name, byte_size_text(shortage.size),
                                    byte_size_text(in.ram_size), advice));
}

}  // namespace rvx
