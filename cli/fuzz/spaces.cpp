// Builds page tables for fuzz programs.
#include "cli/fuzz/spaces.hpp"

#include <algorithm>
#include <cstring>

namespace rvx::fuzz {
namespace {

using namespace pte;

constexpr uint64_t kEntryShift = 10;
constexpr uint64_t kSeen = kA | kD;

uint64_t entry_of(uint64_t physical, uint64_t flags) {
  return (physical >> kPageShift) << kEntryShift | flags;
}

class SpacesBuilder {
 public:
  SpacesBuilder(const SpacesPlan& plan, Random& random, Segment& segment)
      : plan_(plan), random_(random), bytes_(segment.bytes), has_global_frame_(random.percent(plan.is_global ? 75 : 30)) {
    segment.offset = kFirstTablePage * kPageSize;
    bytes_.resize(kTablePages * kPageSize);
  }

  Space make(unsigned index) {
    const uint64_t mode = plan_.is_sv39 ? 8 : random_.between(8, 10);
    levels_ = static_cast<unsigned>(mode - 5);
    root_ = new_table();
    begin(true);
    Space space;
    const uint64_t asid = index + random_.pick(std::array<uint64_t, 3>{1, 0x100, 0x7ff0});
    space.satp = mode << 60 | asid << 44 | root_ >> kPageShift;
    if (index != 0 && plan_.is_shared) {
      space.code_entries = shared_.code_entries;
      space.data_entries = shared_.data_entries;
      for (size_t i = 0; i < kRegions.size(); ++i) write(slot_of(kRegions[i].va, kRegions[i].level), shared_regions_[i]);
    } else {
      for (const unsigned base : {1, 2}) map_alias(base, index, space);
      map_large(kCodeBases[2] + kLargeOffset, kRamBase, 1, space);
      for (size_t i = 0; i < kRegions.size(); ++i) shared_regions_[i] = read(slot_of(kRegions[i].va, kRegions[i].level));
      shared_ = space;
    }
    begin(false);
    map_frame();
    map_large(kCodeBases[1] + kLargeOffset, kRamBase, 1, space);
    map_large(kGigaBase, kGigaPhysical, 2, space);
    map_data(kRamBase, space);
    map_code(0, index, space);
    return space;
  }

 private:
  // The tables that entries at these levels lead to may be shared.
  struct Region {
    uint64_t va;
    unsigned level;
  };
  static constexpr std::array<Region, 2> kRegions{{{kCodeBases[1], 1}, {kCodeBases[2], 2}}};

  uint64_t new_table() { return page_address(kFirstTablePage + next_table_++); }

  [[nodiscard]] uint8_t* host(uint64_t physical) {
    return &bytes_[physical - page_address(kFirstTablePage)];
  }
  uint64_t read(uint64_t physical) {
    uint64_t value = 0;
    std::memcpy(&value, host(physical), 8);
    return value;
  }
  void write(uint64_t physical, uint64_t value) { std::memcpy(host(physical), &value, 8); }

  // The address of the entry for `va` at `level`; tables on the way are made.
  uint64_t slot_of(uint64_t va, unsigned level) {
    uint64_t table = root_;
    for (unsigned at = levels_ - 1;; --at) {
      const uint64_t slot = table + ((va >> (kPageShift + 9 * at)) & 511) * 8;
      if (at == level) return slot;
      if (read(slot) == 0) write(slot, entry_of(new_table(), kV));
      table = read(slot) >> kEntryShift << kPageShift;
    }
  }
  void map(uint64_t va, uint64_t physical, uint64_t flags, unsigned level = 0) {
    write(slot_of(va, level), entry_of(physical, flags));
  }

  // What the supervisor's handler and code that changes tables need, and the device.
  void map_frame() {
    const auto identity = [&](unsigned page, uint64_t flags) {
      map(page_address(page), page_address(page), kV | flags | kSeen | (has_global_frame_ ? kG : 0));
    };
    identity(kSupervisorHandlerPage, kR | kX);
    identity(kSupervisorSavePage, kR | kW);
    for (unsigned page = kFirstTablePage; page < kFirstTablePage + kTablePages; ++page)
      identity(page, kR | kW);
    map(kDeviceBase, kDeviceBase, kV | kR | kW | kSeen | (random_.percent(50) ? kU : 0));
  }

  // Code and data at one of the other aliases.
  void map_alias(unsigned base, unsigned index, Space& space) {
    const uint64_t va = kCodeBases[base];
    map_code(base, index, space);
    const uint64_t region = read(slot_of(va, 1));
    if ((region & (kR | kX)) == 0) map_data(va, space);
  }

  // What is mapped from now on: the same in all spaces, or the space's own.
  void begin(bool is_same) {
    is_sharing_ = is_same && plan_.is_shared;
    flags_ = is_same && plan_.is_global ? kG : 0;
  }

  void map_data(uint64_t va, Space& space) {
    for (unsigned page = 0; page < kDataPages; ++page) {
      const uint64_t at = va + (kFirstDataPage + page) * kPageSize;
      const uint64_t slot = slot_of(at, 0);
      write(slot, any_data_entry(plan_, page, random_) | flags_);
      space.data_entries.push_back({slot, at, kPageSize, page, is_for_all(), flags_});
    }
  }

  void map_large(uint64_t va, uint64_t physical, unsigned level, Space& space) {
    map(va, physical, kV | kR | kW | kSeen | flags_ | (random_.percent(plan_.user_share) ? kU : 0), level);
    space.data_entries.push_back({slot_of(va, level), va, kPageSize << (9 * level), 0, is_for_all(), flags_});
  }

  // Whether what is mapped now is in more than one space, or global.
  [[nodiscard]] bool is_for_all() const { return flags_ != 0 || is_sharing_; }

  void map_code(unsigned base, unsigned index, Space& space) {
    if (base != plan_.supervisor_base && base != plan_.user_base) return;
    const uint64_t va = kCodeBases[base];
    const uint64_t user = base == plan_.user_base ? kU : 0;
    const uint64_t flags = kV | kR | kW | kX | user | kSeen | flags_;
    const bool has_twins = !plan_.twins.empty();
    // At the physical address other pages of the same 2 MiB have entries of their own.
    if (!has_twins && base != 0 && random_.percent(25)) return map(va, kRamBase, flags, 1);
    const bool is_napot = !has_twins && plan_.has_napot && random_.percent(25);
    for (unsigned page = 0; page < kCodePages; ++page) {
      const uint64_t at = va + page * kPageSize;
      if (is_napot) {
        map(at, kRamBase | 8 * kPageSize, flags | kNapot);
        continue;
      }
      const bool is_patched = page >= kFirstPatchPage;
      uint64_t own = is_patched ? flags : flags & ~kW;
      const auto twin = std::find(plan_.twins.begin(), plan_.twins.end(), page);
      const bool has_twin = twin != plan_.twins.end();
      if (plan_.clears_accessed && !has_twin && random_.percent(20))
        own &= ~(random_.percent(50) ? kA | kD : kD);
      if (random_.percent(3)) own &= ~kR;  // execute-only
      const auto twin_frame = kFirstTwinPage + static_cast<unsigned>(twin - plan_.twins.begin());
      map(at, page_address(has_twin && index != 0 ? twin_frame : page), own);
      if (has_twin)
        space.code_entries.push_back({slot_of(at, 0), at, {entry_of(page_address(page), own), entry_of(page_address(twin_frame), own)}, is_for_all()});
    }
  }

  const SpacesPlan& plan_;
  Random& random_;
  std::vector<uint8_t>& bytes_;
  unsigned next_table_ = 0;
  unsigned levels_ = 3;
  uint64_t root_ = 0;
  uint64_t flags_ = 0;  // of all that is mapped now
  bool is_sharing_ = false;
  bool has_global_frame_;
  Space shared_;
  std::array<uint64_t, kRegions.size()> shared_regions_{};
};

}  // namespace

uint64_t any_data_entry(const SpacesPlan& plan, unsigned page, Random& random, unsigned moved) {
  const uint64_t frame = random.percent(moved) ? random.below(kDataPages) : page;
  const uint64_t physical = kDataBase + frame * kPageSize;
  uint64_t flags = kV | kR | kW | kSeen;
  if (random.percent(plan.user_share)) flags |= kU;
  if (plan.clears_accessed && random.percent(25)) flags &= ~(random.percent(50) ? kSeen : kD);
  if (!plan.may_fault || random.percent(60)) return entry_of(physical, flags);
  switch (random.below(10)) {
    case 0: return 0;
    case 1: return entry_of(physical, flags & ~kV);
    case 2:
    case 3: return entry_of(physical, flags & ~kW);
    case 4: return entry_of(physical, (flags & ~(kR | kW)) | kX);
    case 5: return entry_of(physical, (flags & ~kW) | kX);
    case 6: return entry_of(physical, flags & ~kR);  // reserved: writable, not readable
    case 7: return entry_of(physical, flags | (random.percent(50) ? kPbmtNc : kReserved));
    case 8: return entry_of(physical, flags ^ kU);
    default: return entry_of(random.percent(50) ? kDeviceBase : uint64_t{1} << 40, flags);
  }
}

std::vector<Space> make_spaces(const SpacesPlan& plan, Random& random, Segment& segment) {
  SpacesBuilder builder(plan, random, segment);
  std::vector<Space> spaces;
  for (unsigned i = 0; i < plan.count; ++i) spaces.push_back(builder.make(i));
  return spaces;
}

}  // namespace rvx::fuzz
