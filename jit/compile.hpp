// From the instructions of one region to host code for any hart, at any address. Needs nothing else of the machine.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "jit/report.hpp"
#include "jit/runtime.hpp"

namespace rvx::jit {

// A guest instruction that was translated.
struct GuestInsn {
  uint16_t offset;  // in its page, bytes
  uint16_t length;
  uint32_t bits;
};
[[nodiscard]] std::vector<GuestInsn> insns_of(const Region& region);
// Whether the page holds these instructions.
[[nodiscard]] bool are_in(std::span<const GuestInsn> insns, const uint8_t* page) noexcept;

// Host code for a region, which several harts may copy. All offsets are in `code`.
struct CompiledRegion {
  struct Entry {
    uint16_t offset;         // of the block in its page
    uint32_t direct, leave;  // see Emitter::Entry
  };
  // Eight bytes for the address of a copy's own site or exit.
  struct Address {
    uint32_t at;
    uint32_t number;         // in `sites` or `exits`
    bool is_site;
  };
  // What it was made of; the head is the first instruction.
  uint64_t physical = 0;  // of the page
  Kind kind = Kind::kTlb;
  std::vector<GuestInsn> insns;
  std::vector<uint16_t> apart;  // see CompileJob

  std::vector<uint8_t> code;
  std::vector<Address> addresses;
  std::vector<Entry> entries;
  std::vector<std::pair<uint32_t, uint32_t>> window_accesses;  // the instruction, its stub
  // What the code needs a copy of, with the addresses of that.
  std::vector<Homes> homes;  // by zone
  std::deque<Site> sites;
  std::vector<Exit> exits;  // `patch` is an offset in `code`
  // For reports.
  std::vector<uint32_t> block_at, insn_at;
  uint32_t blocks_end = 0;
};

struct CompileJob {
  Region region;                // without IR; afterwards with it
  Kind kind = Kind::kTlb;
  uint64_t va = 0;              // of the block that was offered; its head, or an entry where another hart's is taken
  std::vector<uint16_t> apart;  // accesses that check by themselves, by their instructions' offsets
  ModelView model;              // where kind is kModelled
  Tallies* tallies = nullptr;   // not nullptr: the code counts what becomes of it
  // Whether the page's code is still what it was: see Translator::Page and Counters.
  uint64_t retirements = 0, flushes = 0;

  std::shared_ptr<const CompiledRegion> result;
  bool is_taken = false;        // it was made of another job's region
  std::array<uint64_t, static_cast<size_t>(Stage::kCount)> stage_ns{};  // host time
};

// Fills in `result` and the times. On any thread, with the host's floating-point environment.
void compile(CompileJob& job);

// Host time in ns, from some point on.
[[nodiscard]] uint64_t host_ns() noexcept;

}  // namespace rvx::jit
