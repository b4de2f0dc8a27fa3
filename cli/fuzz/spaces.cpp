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
      : plan_(plan), random_(random), bytes_(segment.bytes) {
    segment.offset = kFirstTablePage * kPageSize;
    bytes_.resize(kTablePages * kPageSize);
  }

  Space make(unsigned index) {
    Space space;
    const uint64_t mode = random_.between(8, 10);
    levels_ = static_cast<unsigned>(mode - 5);
    root_ = new_table();
    const uint64_t asid = index + random_.pick(std::array<uint64_t, 3>{1, 0x100, 0x7ff0});
    space.satp = mode << 60 | asid << 44 | root_ >> kPageShift;
    map_frame();
    for (unsigned page = 0; page < kDataPages; ++page) {
      const uint64_t slot = slot_of(kDataBase + page * kPageSize, 0);
      write(slot, any_data_entry(plan_, page, random_));
      space.data_entries[page] = slot;
    }
    map_code(plan_.supervisor_base, 0, index, space);
    map_code(plan_.user_base, kU, index, space);
    map(kLargeBase, kRamBase, kV | kR | kW | kSeen | (random_.percent(70) ? kU : 0), 1);
    return space;
  }

 private:
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
      map(page_address(page), page_address(page), kV | flags | kSeen);
    };
    identity(kSupervisorHandlerPage, kR | kX);
    identity(kSupervisorSavePage, kR | kW);
    for (unsigned page = kFirstTablePage; page < kFirstTablePage + kTablePages; ++page)
      identity(page, kR | kW);
    map(kDeviceBase, kDeviceBase, kV | kR | kW | kSeen | (random_.percent(50) ? kU : 0));
  }

  void map_code(unsigned base, uint64_t user, unsigned index, Space& space) {
    const uint64_t va = kCodeBases[base];
    const uint64_t flags = kV | kR | kW | kX | user | kSeen | (random_.percent(10) ? kG : 0);
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
        space.code_entries.push_back({slot_of(at, 0), at, {entry_of(page_address(page), own), entry_of(page_address(twin_frame), own)}});
    }
  }

  const SpacesPlan& plan_;
  Random& random_;
  std::vector<uint8_t>& bytes_;
  unsigned next_table_ = 0;
  unsigned levels_ = 3;
  uint64_t root_ = 0;
};

}  // namespace

uint64_t any_data_entry(const SpacesPlan& plan, unsigned page, Random& random, unsigned moved) {
  const uint64_t frame = random.percent(moved) ? random.below(kDataPages) : page;
  const uint64_t physical = kDataBase + frame * kPageSize;
  uint64_t flags = kV | kR | kW | kSeen;
  if (random.percent(70)) flags |= kU;
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
