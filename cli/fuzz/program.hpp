// A fuzz case: a program as a list of nodes, and everything that decides how it runs.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cpu/isa/isa_config.hpp"
#include "mmu/types.hpp"

namespace rvx::fuzz {

// One instruction, whose operand may depend on where another one ends up.
struct Node {
  enum class Fix : uint8_t {
    kNone,
    kTarget,  // imm: from here to the target
    kHigh,    // lui, and the low part for the target's address at code base `base`
    kLow,
    kPcHigh,  // auipc, and the low part, in the node right behind it
    kPcLow,
  };
  static constexpr uint32_t kNoLabel = ~uint32_t{0};

  isa::Insn insn;  // row kIllegal: its bits and length as they are
  Fix fix = Fix::kNone;
  uint8_t base = 0;            // index into kCodeBases
  int16_t skew = 0;            // bytes added to the target's address
  uint32_t target = kNoLabel;  // label
  uint32_t twin = 0;           // bits in a twin page, where they differ
  uint32_t bundle = 0;         // not 0: shrinking drops nodes with this number only together
  bool is_start = false;       // first of some nodes that do one thing together
  bool is_fixed = false;  // part of the frame (handlers, the end), which shrinking leaves alone
};

// Nodes from `first` on stand at `offset` bytes from the start of RAM.
struct Chunk {
  uint32_t first;
  uint32_t offset;
};

struct Program {
  std::vector<Node> nodes;
  std::vector<uint32_t> labels;  // the node that each label stands before
  std::vector<Chunk> chunks;     // by first
  uint32_t start = 0;            // label
  uint32_t end = 0;              // label of the loop that ends the program
};

// What shrinking has made of a node.
enum class Fate : uint8_t { kKept, kNop, kGone };

// Bytes of RAM that are there before the program runs.
struct Segment {
  uint32_t offset;  // bytes from the start of RAM
  std::vector<uint8_t> bytes;
};

// Interrupt lines that change from outside, once this many instructions have retired.
struct Event {
  uint64_t instret;
  uint64_t lines;  // bits of mip
  bool level;
  auto operator<=>(const Event&) const = default;
};

struct Case {
  isa::IsaConfig isa;
  Program program;
  std::vector<Fate> fates;  // of nodes; empty: all kept
  std::vector<Segment> segments;
  std::vector<uint8_t>
      twins;  // code pages of which there is a second form, in twin pages in this order
  std::vector<std::pair<uint16_t, uint64_t>> csrs;  // written in this order, in M-mode
  std::vector<std::pair<uint8_t, uint64_t>> x, f;   // registers that are not zero
  Priv priv = Priv::kM;
  uint64_t code_base = 0;        // where the program starts to run
  std::vector<uint32_t> slices;  // instructions until the next stop, in turn; used round
  std::vector<Event> events;     // by instret
  uint64_t budget = 0;           // instructions
  int32_t warmth = 1;            // runs of a block before the JIT translates it
  bool reports = false;          // its code counts what it does
  bool sweeps = false;           // an interrupt at every instruction, one run for each
  uint64_t sweep_from = 0;       // the first of them
  std::string about;             // one line: what kind of case this is
};

}  // namespace rvx::fuzz
