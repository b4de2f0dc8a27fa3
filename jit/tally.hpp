// What generated code counts for the report: one cell for each place, none in a run without a report.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>

namespace rvx::jit {

enum class Way : uint8_t {
  kEntry,          // in from wherever region_base is right
  kRetired,        // in, but the code has been retired
  kBlock,          // not a way: the block begins

  kBudget,         // out: no instructions left, which is how interrupts and others ask for attention
  kDirect,         // out to a place in the page
  kUnlinked,       // of kDirect: not linked yet, or there is no code to link to
  kOtherPage,      // out to a fixed place in another page
  kOtherPageMiss,  // of kOtherPage: not in the jump table
  kIndirect,       // out to an address in a register
  kIndirectMiss,   // of kIndirect: not in the jump table
  kInterpreter,    // out because the next instruction has no translation
  kFloating,       // out because of a floating-point case that is the interpreter's
  kCount
};

inline constexpr std::array<std::string_view, static_cast<size_t>(Way::kCount)> kWayText = {
    "entry", "entry after the code was retired", "block",
    "budget used up: interrupt or end of turn", "to another place in the page", "to another place in the page, not linked",
    "to another page", "to another page, not in the jump table", "indirect jump", "indirect jump, not in the jump table",
    "instruction for the interpreter", "floating-point case for the interpreter"};

struct Tally {
  static constexpr uint32_t kNoInsn = ~uint32_t{0};

  Way way;
  uint32_t insn;       // of kBlock: its first; of a way out in the middle of a block: the first that has not run
  int64_t offset;      // where it leads to, from the region's page
  uint64_t count = 0;  // written by generated code; harts on two host threads may lose some
};

struct Tallies {
  std::deque<Tally> cells;    // generated code has their addresses
  size_t counting_bytes = 0;  // of generated code that only counts
};

}  // namespace rvx::jit
