// From the instructions of one region to host code that runs at any address. Needs nothing else of the machine.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "jit/report.hpp"
#include "jit/runtime.hpp"

namespace rvx::jit {

// Host code for a region. All offsets are in `code`.
struct CompiledRegion {
  struct Entry {
    uint16_t offset;         // of the block in its page
    uint32_t direct, leave;  // see Emitter::Entry
  };
  std::vector<uint8_t> code;
  std::vector<Entry> entries;
  std::vector<std::pair<uint32_t, uint32_t>> window_accesses;  // the instruction, its stub
  // What the code names by its address.
  Homes homes;
  std::deque<Site> sites;
  std::deque<Exit> exits;  // `patch` is an offset in `code` until it is placed
  // For reports.
  std::vector<uint32_t> block_at, insn_at;
  uint32_t blocks_end = 0;
};

struct CompileJob {
  Region region;                // without IR; afterwards with it
  Kind kind = Kind::kTlb;
  uint64_t va = 0;              // the region was hot there first
  std::vector<uint16_t> apart;  // accesses that check by themselves, by their instructions' offsets
  Tallies* tallies = nullptr;   // not nullptr: the code counts what becomes of it
  // Whether the page's code is still what it was: see Translator::Page and Counters.
  uint64_t retirements = 0, flushes = 0;

  std::unique_ptr<CompiledRegion> result;
  std::array<uint64_t, static_cast<size_t>(Stage::kCount)> stage_ns{};  // host time
};

// Fills in `result` and the times. On any thread, with the host's floating-point environment.
void compile(CompileJob& job);

// Host time in ns, from some point on.
[[nodiscard]] uint64_t host_ns() noexcept;

}  // namespace rvx::jit
