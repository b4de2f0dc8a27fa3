// Where an ELF file's segments go in RAM, and getting them there.
#include <elf.h>
#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "machine/byte_size.hpp"
#include "machine/elf_loader.hpp"
#include "machine/ram_fill.hpp"

namespace rvx {
namespace {

constexpr uint64_t kPage = 4096;
// How much of a segment may lie outside RAM because it only describes the file.
constexpr uint64_t kMaxHeaderBytes = 64 * kKiB;
// Kernels are mapped from here on; no board has RAM there.
constexpr uint64_t kUpperHalf = uint64_t{1} << 63;
// Room that a suggested -m leaves for a device tree and a stack.
constexpr uint64_t kSpareRam = 2 * kMiB;

bool is_within(const PhysRange& outer, uint64_t base, uint64_t size) {
  const uint64_t offset = base - outer.base;
  return offset < outer.size && size <= outer.size - offset;
}

// paddr - vaddr where that is the same for all segments.
std::optional<uint64_t> common_distance(std::span<const ElfSegment> segments) {
  const uint64_t distance = segments[0].paddr - segments[0].vaddr;
  for (const ElfSegment& segment : segments) {
    if (segment.paddr - segment.vaddr != distance) return std::nullopt;
  }
  return distance;
}

// The file offset of `size` bytes that are linked at `vaddr`.
std::optional<uint64_t> file_offset(std::span<const ElfSegment> segments, uint64_t vaddr,
                                    uint64_t size) {
  for (const ElfSegment& segment : segments) {
    if (is_within({segment.vaddr, segment.file_size}, vaddr, size)) {
      return segment.file_offset + (vaddr - segment.vaddr);
    }
  }
  return std::nullopt;
}

struct RelaTable {
  uint64_t vaddr = 0;
  uint64_t size = 0;
};

RelaTable find_rela(std::span<const uint8_t> dynamic) {
  RelaTable table;
  for (size_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic.size(); at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    std::memcpy(&entry, dynamic.data() + at, sizeof entry);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_RELA) table.vaddr = entry.d_un.d_ptr;
    if (entry.d_tag == DT_RELASZ) table.size = entry.d_un.d_val;
  }
  return table;
}

}  // namespace

uint64_t ElfFile::choose_bias(const ElfTarget& target) const {
  const auto is_inside = [&](const ElfSegment& s) {
    return is_within(target.ram, s.paddr, s.mem_size);
  };
  if (std::all_of(segments_.begin(), segments_.end(), is_inside)) return 0;
  const uint64_t lowest = segments_[0].paddr;
  if (is_dynamic_) return target.movable_base - align_down(lowest, kPage);
  // A Linux vmlinux: linked at the kernel's virtual addresses, physical ones counted from 0.
  const bool is_kernel = std::all_of(segments_.begin(), segments_.end(),
                                     [](const ElfSegment& s) { return s.vaddr >= kUpperHalf; });
  return is_kernel && lowest == 0 ? target.movable_base : 0;
}

// A link without a linker script puts the file's own headers on a page before the code, which then
// lies below RAM. Whether the first `bytes` of the segment are such: headers, notes, padding.
uint64_t ElfFile::header_bytes_below(const ElfSegment& segment, uint64_t bytes) const {
  if (segment.file_offset != 0 || bytes > kMaxHeaderBytes || bytes > segment.file_size) return 0;
  const std::span<const uint8_t> file = file_->bytes();
  for (uint64_t offset = 0; offset < bytes; ++offset) {
    const auto holds = [offset](const PhysRange& range) { return range.contains(offset); };
    if (file[offset] != 0 && std::none_of(header_ranges_.begin(), header_ranges_.end(), holds)) {
      return 0;
    }
  }
  return bytes;
}

Error ElfFile::outside_ram(const ElfSegment& segment, PhysRange range,
                           const ElfTarget& target) const {
  std::string advice = fmt::format("link it to start at {:#x}", target.ram.base);
  const uint64_t room = range.end() - target.ram.base;
  const uint64_t enough = room < kMaxSuggestedRam ? suggested_ram(room + kSpareRam) : 0;
  if (range.base >= target.ram.base && enough > target.ram.size) {
    advice = fmt::format("use {} or more", memory_option_text(enough));
  } else if (range.end() <= target.ram.base) {
    advice = fmt::format("if it is a Linux program use rvx user, otherwise {}", advice);
  }
  return unusable_error(
      fmt::format("{} does not fit; its segment {} at {} lies outside RAM, which is {}; {}", name(),
                  segment.index, range.text(), target.ram.text(), advice));
}

void ElfFile::set_entry(uint64_t bias, ElfPlacement& placement) const {
  // What an entry point means where virtual and physical addresses differ is not written down;
  // most files mean the virtual one. Code is looked at before data.
  for (const bool wants_code : {true, false}) {
    for (const bool is_virtual : {true, false}) {
      for (const ElfSegment& segment : segments_) {
        if (wants_code && !segment.is_executable) continue;
        const uint64_t start = is_virtual ? segment.vaddr : segment.paddr;
        if (entry_ - start >= segment.mem_size) continue;
        placement.entry = segment.paddr + bias + (entry_ - start);
        placement.entry_was_virtual = is_virtual && segment.vaddr != segment.paddr && !is_dynamic_;
        return;
      }
    }
  }
  placement.entry = entry_ + bias;
  placement.entry_in_segment = false;
  placement.notes.push_back(one_line(fmt::format(
      "{} starts at {:#x}, which lies outside everything that it loads", name(), placement.entry)));
}

Result<ElfPlacement> ElfFile::place(const ElfTarget& target) const {
  ElfPlacement placement;
  placement.bias = choose_bias(target);
  const auto distance = common_distance(segments_);
  if (is_dynamic_) placement.virtual_bias = placement.bias + distance.value_or(0);

  for (const ElfSegment& segment : segments_) {
    PhysRange range = {segment.paddr + placement.bias, segment.mem_size};
    uint64_t skipped = 0;
    if (!is_within(target.ram, range.base, range.size)) {
      if (range.base < target.ram.base) {
        skipped =
            header_bytes_below(segment, std::min(segment.mem_size, target.ram.base - range.base));
      }
      range = {range.base + skipped, range.size - skipped};
      const bool fits = range.is_empty() || is_within(target.ram, range.base, range.size);
      if (skipped == 0 || !fits) return outside_ram(segment, range, target);
      if (range.is_empty()) continue;
    }
    placement.segments.push_back(
        {segment.index, range, segment.file_offset + skipped, segment.file_size - skipped});
    placement.mappings.push_back(
        {segment.vaddr + placement.virtual_bias + skipped, range.base, range.size});
  }
  if (placement.segments.empty()) {
    return outside_ram(segments_[0], {segments_[0].paddr + placement.bias, segments_[0].mem_size},
                       target);
  }

  // segments_ is in order of physical addresses, and the bias keeps that order within RAM.
  for (size_t i = 1; i < placement.segments.size(); ++i) {
    const PlacedSegment& below = placement.segments[i - 1];
    const PlacedSegment& above = placement.segments[i];
    if (below.range.end() <= above.range.base) continue;
    return unusable_error(fmt::format(
        "{} cannot be loaded; its segments {} at {} and {} at {} overlap; check its linker script",
        name(), below.index, below.range.text(), above.index, above.range.text()));
  }
  const uint64_t low = placement.segments.front().range.base;
  placement.range = {low, placement.segments.back().range.end() - low};
  set_entry(placement.bias, placement);
  return placement;
}

Outcome ElfFile::load(Ram& ram, ElfPlacement& placement) const {
  const std::span<const uint8_t> file = file_->bytes();
  for (const PlacedSegment& segment : placement.segments) {
    const PhysRange& range = segment.range;
    copy_to_ram(ram, range.base, file.subspan(segment.file_offset, segment.file_size));
    zero_ram(ram, {range.base + segment.file_size, range.size - segment.file_size});
  }
  return relocate(ram, placement);
}

// R_RISCV_RELATIVE: the word at r_offset becomes the addend plus the bias. OpenSBI writes the same
// values once more when it starts, which changes nothing; other position-independent programs may
// count on a loader. Entries that need symbols belong to a dynamic linker and are left alone, and
// so is DT_RELR, whose words a program that relocates itself would then count twice.
Outcome ElfFile::relocate(Ram& ram, ElfPlacement& placement) const {
  if (!is_dynamic_ || !common_distance(segments_)) return std::monostate{};
  const std::span<const uint8_t> file = file_->bytes();
  const RelaTable table = find_rela(file.subspan(dynamic_.base, dynamic_.size));
  if (table.size == 0) return std::monostate{};
  const auto start = file_offset(segments_, table.vaddr, table.size);
  if (!start) {
    return unusable_error(fmt::format(
        "{} is damaged; its relocations at {:#x}, {:#x} bytes, lie outside its segments; build or "
        "copy it again",
        name(), table.vaddr, table.size));
  }
  for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.size; at += sizeof(Elf64_Rela)) {
    Elf64_Rela entry;
    std::memcpy(&entry, file.data() + *start + at, sizeof entry);
    if (ELF64_R_TYPE(entry.r_info) != R_RISCV_RELATIVE) continue;
    const uint64_t target = entry.r_offset + placement.virtual_bias;
    const uint64_t value = static_cast<uint64_t>(entry.r_addend) + placement.virtual_bias;
    const auto holds = [target](const PlacedSegment& segment) {
      return is_within(segment.range, target, sizeof(uint64_t));
    };
    if (std::none_of(placement.segments.begin(), placement.segments.end(), holds)) {
      return unusable_error(fmt::format(
          "{} is damaged; a relocation changes {:#x}, which lies outside its segments; build or "
          "copy it again",
          name(), entry.r_offset));
    }
    std::memcpy(ram.at(target), &value, sizeof value);
    ++placement.relocations;
  }
  return std::monostate{};
}

}  // namespace rvx
