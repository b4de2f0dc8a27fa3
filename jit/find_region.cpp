// Which guest code becomes a region: control flow from the head, in the order that suits the host.
#include "jit/find_region.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "cpu/hot_code.hpp"
#include "cpu/isa/decode.hpp"
#include "jit/find_loops.hpp"
#include "mmu/types.hpp"

namespace rvx::jit {
namespace {

using isa::Class;

constexpr size_t kSlots = kPageSize / 2;
constexpr size_t kMaxInsns = 256;
static_assert(kMaxInsns < kMaxStretch);

class Finder {
 public:
  explicit Finder(const RegionSource& source) : source_(source), has_c_(source.isa->has(isa::Ext::kC) || source.isa->has(isa::Ext::kZca)) {}

  Region run() {
    Region region;
    region.physical = source_.physical;
    // A region has its head, or whoever asked for it would ask again and again.
    Slot head;
    if (!decode(source_.head, head) || is_interpreters(head.insn)) return region;
    add_leader(source_.head, true);
    // Breadth first: what is near the head comes in before the limit is reached.
    for (size_t i = 0; i < leaders_.size() && insns_seen_ < kMaxInsns && leaders_.size() < kMostBlocks; ++i) scan(leaders_[i]);
    lay_out(region);
    link(region);
    return region;
  }

 private:
  struct Slot {
    isa::Insn insn;
    bool is_decoded = false;
    bool is_leader = false;
    bool is_entry = false;
    bool is_placed = false;
    int64_t last_target = -1;  // of a call by register, as a place in the page
  };

  // False: the instruction is over two pages.
  bool decode(uint16_t offset, Slot& slot) {
    if (slot.is_decoded) return true;
    uint32_t bits = 0;
    std::memcpy(&bits, source_.page + offset, offset + 4u <= kPageSize ? 4 : 2);
    if (offset + 2u == kPageSize && (bits & 3) == 3) return false;
    slot.insn = isa::decode(bits, *source_.isa);
    slot.is_decoded = true;
    return true;
  }

  void add_leader(int64_t offset, bool is_entry) {
    if (offset < 0 || offset >= static_cast<int64_t>(kPageSize)) return;
    const auto at = static_cast<uint16_t>(offset);
    Slot& slot = slots_[at >> 1];
    if (!slot.is_leader) {
      if (at != source_.head && !source_.has_run(at)) return;
      slot.is_leader = true;
      leaders_.push_back(at);
    }
    slot.is_entry = slot.is_entry || is_entry;
  }

  int64_t target_of(uint16_t offset, const isa::Insn& insn) const { return int64_t{offset} + insn.imm; }
  // System instructions that as a rule change nothing a region relies on.
  static bool stays(isa::Op op) {
    return op == isa::Op::cbo_zero || op == isa::Op::cbo_clean || op == isa::Op::cbo_flush || op == isa::Op::cbo_inval;
  }
  // Instructions for the interpreter. Without the C extension indirect jumps may raise exceptions.
  bool leaves(const isa::Insn& insn) const {
    const Class c = isa::info(insn.op).cls;
    return insn.op == isa::Op::kIllegal || (c == Class::kSystem && !stays(insn.op)) || (c == Class::kJalr && !has_c_);
  }
  // A jump to where no instruction can be raises an exception: the interpreter's.
  bool is_misaligned(const isa::Insn& insn) const { return !has_c_ && (insn.imm & 2) != 0; }

  bool is_interpreters(const isa::Insn& insn) const {
    const Class c = isa::info(insn.op).cls;
    return leaves(insn) || ((c == Class::kBranch || c == Class::kJal) && is_misaligned(insn));
  }

  void scan(uint16_t start) {
    uint32_t at = start;
    while (at < kPageSize && insns_seen_ < kMaxInsns) {
      const auto offset = static_cast<uint16_t>(at);
      Slot& slot = slots_[offset >> 1];
      const bool was_seen = slot.is_decoded;
      if (!decode(offset, slot)) return;
      if (!was_seen) ++insns_seen_;
      const isa::Insn& insn = slot.insn;
      at += insn.length;
      if (leaves(insn)) return add_leader(at, true);
      switch (isa::info(insn.op).cls) {
        case Class::kBranch:
          if (is_misaligned(insn)) return;
          add_leader(at, false);
          add_leader(target_of(offset, insn), false);
          return;
        case Class::kJal:
          if (is_misaligned(insn)) return;
          add_leader(target_of(offset, insn), false);
          if (insn.rd != 0) add_leader(at, true);
          return;
        case Class::kJalr:
          if (insn.rd != 0) {
            add_leader(at, true);
            slot.last_target = source_.last_target(start, offset);
            add_leader(slot.last_target, false);
          }
          return;
        default: break;
      }
      if (at < kPageSize && slots_[at >> 1].is_leader) return;
    }
  }

  // Put the block at `offset` and what follows it into the region, depth first.
  void lay_out(Region& region) {
    std::vector<uint16_t> stack{source_.head};
    while (!stack.empty()) {
      const uint16_t start = stack.back();
      stack.pop_back();
      place(region, start, stack);
    }
    // What is reached from outside alone: returns from calls and from the interpreter.
    for (const uint16_t leader : leaders_) {
      if (!slots_[leader >> 1].is_entry || slots_[leader >> 1].is_placed) continue;
      stack.push_back(leader);
      while (!stack.empty()) {
        const uint16_t start = stack.back();
        stack.pop_back();
        place(region, start, stack);
      }
    }
  }

  bool is_block(int64_t offset) const {
    return offset >= 0 && offset < static_cast<int64_t>(kPageSize) && slots_[static_cast<size_t>(offset) >> 1].is_leader;
  }

  void place(Region& region, uint16_t start, std::vector<uint16_t>& stack) {
    Slot& first = slots_[start >> 1];
    if (first.is_placed || region.insns.size() >= kMaxInsns || region.blocks.size() == kMostBlocks) return;
    Slot probe = first;
    if (!decode(start, probe)) return;
    IrBlock block;
    block.taken.offset = block.next.offset = -1;
    block.start = start;
    block.first = static_cast<uint32_t>(region.insns.size());
    block.is_entry = first.is_entry;
    uint32_t at = start;
    const auto go_on = [&](int64_t offset) {
      if (is_block(offset)) stack.push_back(static_cast<uint16_t>(offset));
    };
    for (;;) {
      if (at == kPageSize || region.insns.size() >= kMaxInsns || (at != start && slots_[at >> 1].is_leader)) {
        block.how = BlockEnd::kFall;
        block.next.offset = at;
        go_on(at);
        break;
      }
      const auto offset = static_cast<uint16_t>(at);
      Slot& slot = slots_[offset >> 1];
      if (!decode(offset, slot) || is_interpreters(slot.insn)) {
        block.how = BlockEnd::kLeave;
        block.next.offset = at;
        break;
      }
      region.insns.push_back({.insn = slot.insn, .offset = offset});
      at += slot.insn.length;
      const Class c = isa::info(slot.insn.op).cls;
      if (c == Class::kBranch) {
        block.how = BlockEnd::kBranch;
        block.taken.offset = target_of(offset, slot.insn);
        block.next.offset = at;
        // The straight way comes next, unless only the other has run.
        go_on(block.taken.offset);
        go_on(block.next.offset);
        break;
      }
      if (c == Class::kJal) {
        block.how = BlockEnd::kJump;
        block.taken.offset = target_of(offset, slot.insn);
        // What comes after a call follows the function.
        if (slot.insn.rd != 0) go_on(at);
        go_on(block.taken.offset);
        break;
      }
      if (c == Class::kJalr) {
        block.how = BlockEnd::kIndirect;
        block.taken.offset = slot.last_target;
        if (slot.insn.rd != 0) go_on(at);
        go_on(slot.last_target);
        break;
      }
    }
    if (region.insns.size() == block.first) {
      // Nothing but an instruction for the interpreter.
      first.is_placed = true;
      first.is_leader = false;
      return;
    }
    block.end = static_cast<uint32_t>(region.insns.size());
    first.is_placed = true;
    index_[start >> 1] = static_cast<int>(region.blocks.size()) + 1;
    region.blocks.push_back(block);
  }

  void link(Region& region) {
    const auto block_at = [&](int64_t offset) {
      return offset >= 0 && offset < static_cast<int64_t>(kPageSize) ? index_[static_cast<size_t>(offset) >> 1] - 1 : -1;
    };
    for (IrBlock& block : region.blocks) {
      if (block.how != BlockEnd::kLeave) {
        block.taken.block = block_at(block.taken.offset);
        block.next.block = block_at(block.next.offset);
      }
      const IrInsn& last = region.insns[block.end - 1];
      if (is_call(region, block)) block.behind = block_at(last.offset + last.insn.length);
      if (block.how == BlockEnd::kIndirect && block.taken.block >= 0) block.likely[block.likely_count++] = block.taken.block;
    }
    find_loops(region);
    for (size_t i = 0; i < region.blocks.size(); ++i) {
      for_each_successor(region.blocks[i], [&](size_t next) {
        IrBlock& to = region.blocks[next];
        to.only_predecessor = to.predecessors == 0 ? static_cast<int>(i) : -1;
        ++to.predecessors;
      });
    }
  }

  const RegionSource& source_;
  const bool has_c_;
  std::array<Slot, kSlots> slots_{};
  std::array<int, kSlots> index_{};  // block index + 1
  std::vector<uint16_t> leaders_;
  size_t insns_seen_ = 0;
};

}  // namespace

Region find_region(const RegionSource& source) {
  auto finder = std::make_unique<Finder>(source);
  Region region = finder->run();
  return region;
}

}  // namespace rvx::jit
