// What a hart's address translation looks like at an event: satp, the modelled TLB for data and what it has cost; as text of what has changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mmu/model/model_config.hpp"

namespace rvx {

class Hart;
class MemoryModel;

// A page in the TLB.
struct TlbCell {
  uint64_t page = 0;  // the virtual address of its first byte
  uint16_t asid = 0;  // unless global
  bool is_global = false;
  bool is_used = false;
  friend bool operator==(const TlbCell&, const TlbCell&) = default;
};

// An array of the first level, for pages of these sizes. Cells are in the order of sets, in one by ways; where a tag
// stands for several pages each has its cell, side by side.
struct TlbGrid {
  unsigned sets = 0, ways = 0;
  PageSizes sizes;
  std::vector<TlbCell> cells;
  friend bool operator==(const TlbGrid&, const TlbGrid&) = default;
};

struct HartView {
  uint64_t satp = 0;
  // Of the model, so far.
  uint64_t cycles = 0;
  uint64_t misses = 0;           // loads and stores that the first level did not answer
  uint64_t walks = 0;            // of them, those that nothing answered
  uint64_t walk_references = 0;  // to page tables, for code too
  uint64_t fences = 0;           // sfence.vma
  // Pages of the first level for data.
  uint64_t fills = 0;
  uint64_t evictions = 0;        // to make room
  uint64_t dropped = 0;          // by fences
  std::vector<TlbGrid> tlb;      // none: there is no model, or it has no TLB
  friend bool operator==(const HartView&, const HartView&) = default;
};

// `model` is what its memory is modelled by, or nullptr.
[[nodiscard]] HartView view_of(const Hart& hart, const MemoryModel* model);

// What leads from `before` to `now`, in one line: "satp=8000100000080456 misses=12 tlb=16x4:4K +0.7=1:80456000 -0.9 +0.11=g:3000".
// Numbers that are addresses or satp are hexadecimal; +ARRAY.CELL is a page that came, of an ASID or global, - one that went.
[[nodiscard]] std::string changes(const HartView& before, const HartView& now);
// Makes `view` what it is after them; false: `text` is not of that form, or does not fit.
[[nodiscard]] bool apply_changes(HartView& view, std::string_view text);

}  // namespace rvx
