// The JIT's intermediate representation: what semantic bodies record, instruction by instruction.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/isa/insn.hpp"
#include "cpu/isa/ops.hpp"

namespace rvx::jit {

enum class IrOp : uint8_t {
#define IR(name, cls) name,
#include "jit/ir_ops.inc"
#undef IR
  kCount
};

enum class IrClass : uint8_t { kLeaf, kUnary, kBinary, kChoice, kAccess, kFp, kFpToX, kEffect };

struct IrOpInfo {
  const char* name;
  IrClass cls;
};
[[nodiscard]] const IrOpInfo& info(IrOp op) noexcept;

// An access's or conversion's integer type.
enum class IrType : uint8_t { kI8, kI16, kI32, kI64, kU8, kU16, kU32, kU64 };
[[nodiscard]] constexpr unsigned size_of(IrType t) noexcept { return 1u << (static_cast<unsigned>(t) & 3); }
[[nodiscard]] constexpr bool is_signed(IrType t) noexcept { return t < IrType::kU8; }

enum class FpFormat : uint8_t { kRaw, kHalf, kSingle, kDouble };

using NodeId = int32_t;
inline constexpr NodeId kNoNode = -1;

struct Node {
  IrOp op = IrOp::kConst;
  uint8_t reg = 0;
  IrType type = IrType::kI64;
  FpFormat format = FpFormat::kRaw;
  isa::AmoOp amo = isa::AmoOp::kSwap;
  uint8_t uses = 0;        // by later nodes
  bool is_dead = false;    // nothing needs it: no code
  uint8_t rm = 0;          // of kFToInt
  NodeId a = kNoNode, b = kNoNode, c = kNoNode;
  int64_t k = 0;
};

// One guest instruction of a region.
struct IrInsn {
  isa::Insn insn;
  uint16_t offset = 0;  // of the instruction in its page, bytes
  NodeId first = 0, end = 0;
};

// How a block ends.
enum class BlockEnd : uint8_t {
  kFall,      // goes on at `next`
  kBranch,    // to `taken` or to `next`
  kJump,      // to `taken`
  kIndirect,  // where the last node says
  kLeave,     // to the interpreter, at `next`
};

// A place in guest code: bytes from the start of the region's page (it may lie outside), and the
// block there if it is part of the region.
struct Place {
  int64_t offset = 0;
  int block = -1;
};

inline constexpr size_t kMostLikely = 4;
inline constexpr size_t kMostBlocks = 96;  // of a region

struct IrBlock {
  uint16_t start = 0;  // offset of the first instruction
  uint32_t first = 0, end = 0;  // its instructions in Region::insns
  BlockEnd how = BlockEnd::kFall;
  Place taken, next;
  // Where an indirect jump has led or is likely to lead, by index: calls to a function, returns behind calls of it.
  std::array<int, kMostLikely> likely{};
  uint8_t likely_count = 0;
  int behind = -1;            // of a call: the block behind it, by index, if it is part of the region
  bool is_entry = false;      // can be entered from outside
  uint16_t predecessors = 0;  // within the region, not counting entry from outside
  int only_predecessor = -1;
  unsigned loop_depth = 0;    // of the loops within the region, those around its calls included
  unsigned zone = 0;          // in Region::zones
};

// A function or a loop in a region, without the loops in it: blocks that keep the same values in host registers.
struct Zone {
  int outer = -1;             // around it: another zone, of a lower index; -1: none
  unsigned loop_depth = 0;
  bool is_loop = false;
};

// Blocks that a block may go on to within the region, by their indices.
template <class F>
void for_each_successor(const IrBlock& block, F f) {
  if ((block.how == BlockEnd::kBranch || block.how == BlockEnd::kJump) && block.taken.block >= 0) f(static_cast<size_t>(block.taken.block));
  if ((block.how == BlockEnd::kBranch || block.how == BlockEnd::kFall) && block.next.block >= 0) f(static_cast<size_t>(block.next.block));
  for (size_t i = 0; i < block.likely_count; ++i) f(static_cast<size_t>(block.likely[i]));
}

// A set of guest registers: bit n is x[n], bit 32 + n is f[n].
using RegSet = uint64_t;
[[nodiscard]] constexpr RegSet x_bit(unsigned n) noexcept { return RegSet{1} << n; }
[[nodiscard]] constexpr RegSet f_bit(unsigned n) noexcept { return RegSet{1} << (32 + n); }

struct Region {
  uint64_t physical = 0;  // of the page
  std::vector<IrInsn> insns;
  std::vector<IrBlock> blocks;  // in the order of their code; the first instruction is the head
  std::vector<Zone> zones;      // outer ones first
  std::vector<Node> nodes;
  bool observes_events = false; // what is recorded tells HartEnvironment::event of them
};

// Whether the block ends with a jump that leaves a return address.
[[nodiscard]] inline bool is_call(const Region& region, const IrBlock& block) noexcept {
  return (block.how == BlockEnd::kJump || block.how == BlockEnd::kIndirect) && region.insns[block.end - 1].insn.rd != 0;
}

}  // namespace rvx::jit
