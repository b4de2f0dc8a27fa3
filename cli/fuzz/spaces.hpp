// Address spaces of fuzz programs: page tables that map the same code, and the data in different
// ways.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cli/fuzz/memory_map.hpp"
#include "cli/fuzz/program.hpp"
#include "cli/fuzz/random.hpp"

namespace rvx::fuzz {

// Bits of page-table entries, "Addressing and Memory Protection".
namespace pte {
inline constexpr uint64_t kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kG = 32, kA = 64, kD = 128;
inline constexpr uint64_t kPbmtNc = uint64_t{1} << 61, kReserved = uint64_t{1} << 54,
                          kNapot = uint64_t{1} << 63;
}  // namespace pte

// The entry of a code page with a twin: it may lead to either.
struct CodeEntry {
  uint64_t slot;               // its physical address
  uint64_t va;                 // what it maps
  std::array<uint64_t, 2> to;  // its values for the page and for the twin
  bool is_for_all;             // as a data entry's
};

// The entry of a data page, or a large leaf that maps all of them.
struct DataEntry {
  uint64_t slot;  // its physical address
  uint64_t va;    // what it maps
  uint64_t range;
  unsigned page;    // of data; 0 for a large leaf
  bool is_for_all;  // spaces share it, or it is global: no fence for one address space will do
  uint64_t flags;   // that it always has
};

struct Space {
  uint64_t satp = 0;
  std::vector<CodeEntry> code_entries;
  std::vector<DataEntry> data_entries;
};

struct SpacesPlan {
  unsigned count = 1;
  unsigned supervisor_base = 0, user_base = 1;  // indices into kCodeBases
  bool has_napot = false;
  bool may_fault = true;         // some data pages cannot be accessed
  bool clears_accessed = false;  // A and D of some pages are not set at first
  std::vector<uint8_t> twins;    // code pages of which the spaces after the first see the twin
  bool is_sv39 = false;          // all of them; otherwise each has a mode of its own
  bool is_shared = false;        // all is in the tables of the first but what is at physical addresses
  bool is_global = false;        // what is the same in all spaces has the G bit
  unsigned user_share = 70;      // of a hundred data pages
};

// An entry for a data page: what it permits, and now and then what is not valid. In `moved` of a
// hundred cases it leads to any frame.
[[nodiscard]] uint64_t any_data_entry(const SpacesPlan& plan, unsigned page, Random& random, unsigned moved = 15);

// Fills the table pages and says where what is. All of `segment` is in RAM.
[[nodiscard]] std::vector<Space> make_spaces(const SpacesPlan& plan, Random& random,
                                             Segment& segment);

}  // namespace rvx::fuzz
