// What became of translated code: hot regions with their guest code, IR and host code, and all ways out.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cpu/isa/isa_config.hpp"
#include "jit/ir.hpp"
#include "jit/runtime.hpp"
#include "jit/tally.hpp"

namespace rvx::jit {

// Places of generated code where C++ was called, by what for.
enum class SlowWay : uint8_t { kLoad, kStore, kFill, kLine, kRow, kCount };

struct SlowSite {
  SlowWay way;
  uint32_t insn;  // in its region
  uint64_t address = 0;  // of its Site, as generated code has it
  uint64_t calls = 0, faults = 0, leaves = 0;  // leaves: out of the region, but without an exception
};

// One translation.
struct RegionReport {
  uint64_t va = 0;  // of its head, where it was hot first
  Region region;
  std::vector<std::string> stops;  // by block, where it ends before an instruction for the interpreter: which
  Tallies tallies;
  std::deque<SlowSite> sites;
  // Host code: its bytes, and where in them blocks and instructions start and blocks are over.
  uint64_t host = 0;  // address
  std::vector<uint8_t> code;
  std::vector<uint32_t> block_at, insn_at;
  uint32_t blocks_end = 0;
  uint64_t compile_ns = 0;

  [[nodiscard]] uint64_t executed() const noexcept;  // guest instructions
  [[nodiscard]] uint64_t count(Way way) const noexcept;
  [[nodiscard]] uint64_t runs(uint32_t insn) const noexcept;  // of the block that starts there
  [[nodiscard]] size_t host_bytes() const noexcept { return code.size() - tallies.counting_bytes; }
};

// Sums over regions.
struct ReportTotals {
  std::array<uint64_t, static_cast<size_t>(Way::kCount)> ways{};
  std::array<SlowSite, static_cast<size_t>(SlowWay::kCount)> slow{};
  std::map<std::string, uint64_t> stops;  // instructions for the interpreter that regions ended at
  std::map<std::string, uint64_t> rows;   // instructions inside regions that called the interpreter's body
  std::array<uint64_t, static_cast<size_t>(IrOp::kCount)> ops{};  // operations that have code, how often their blocks ran
  uint64_t executed = 0;
  std::unordered_set<uint64_t> addresses;  // physical, of guest instructions

  void add(const RegionReport& region);
};

// Parts of translating a region.
enum class Stage : uint8_t { kFind, kRecord, kPasses, kEmit, kPlace, kCount };
inline constexpr std::array<std::string_view, static_cast<size_t>(Stage::kCount)> kStageText = {"finding the region", "recording", "passes", "emitting", "placing"};

// What the report tells of the run around it.
struct ReportFrame {
  uint64_t run_ns = 0;        // host time
  uint64_t instructions = 0;  // of all harts
  uint64_t regions = 0, guest_instructions = 0, compile_ns = 0;
  std::array<uint64_t, static_cast<size_t>(Stage::kCount)> stage_ns{};  // of compile_ns
  uint64_t dropped = 0, flushes = 0, unmerged = 0;
  size_t bytes_used = 0, bytes = 0;  // of the code cache
};

class Report {
 public:
  explicit Report(const isa::IsaConfig& isa) : isa_(isa) {}

  // A new region; the rest is filled in by whoever emits it.
  [[nodiscard]] RegionReport& add(const Region& region, uint64_t va, const uint8_t* page);
  [[nodiscard]] RegionReport& newest() noexcept { return regions_.back(); }
  void add_site(RegionReport& region, const Site& site);
  enum class Outcome : uint8_t { kDone, kFault, kLeft };
  void count(const Site& site, Outcome outcome) noexcept;
  // All code is gone, and so are all sites. Of the regions so far only the hottest are kept in full.
  void flush();

  [[nodiscard]] ReportTotals totals() const;
  // `names`: of addresses of the host's, "slow path". `symbol_at`: as Translator's.
  [[nodiscard]] std::string text(size_t top, const ReportFrame& frame, const std::map<uint64_t, const char*>& names,
                                 const std::function<std::string(uint64_t)>& symbol_at) const;

 private:
  isa::IsaConfig isa_;
  std::deque<RegionReport> regions_;
  std::unordered_map<const Site*, SlowSite*> sites_;
  ReportTotals forgotten_;
};

}  // namespace rvx::jit
