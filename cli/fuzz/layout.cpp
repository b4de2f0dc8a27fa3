// Places nodes chunk by chunk and resolves their targets.
#include "cli/fuzz/layout.hpp"

#include <cstring>

#include <fmt/format.h>

#include "cli/fuzz/memory_map.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {
namespace {

using isa::Insn;
using isa::Op;

constexpr uint32_t kNop = 0x13, kShortNop = 1;

unsigned length_of(const Node& node) {
  return node.insn.row == Op::kIllegal ? node.insn.length : isa::info(node.insn.row).length;
}

Fate fate_of(const Case& c, size_t index) { return c.fates.empty() ? Fate::kKept : c.fates[index]; }

class Placer {
 public:
  explicit Placer(const Case& c) : case_(c), nodes_(c.program.nodes) {
    layout_.ram.resize(kRamBytes);
    place();
  }

  Layout run() {
    for (const Segment& s : case_.segments)
      std::memcpy(&layout_.ram[s.offset], s.bytes.data(), s.bytes.size());
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (fate_of(case_, i) == Fate::kGone) continue;
      const unsigned length = length_of(nodes_[i]);
      const uint32_t bits = bits_of(i, length);
      std::memcpy(&layout_.ram[layout_.offset[i]], &bits, length);
    }
    for (size_t twin = 0; twin < case_.twins.size(); ++twin) make_twin(twin);
    return std::move(layout_);
  }

 private:
  void place() {
    const auto& chunks = case_.program.chunks;
    layout_.offset.resize(nodes_.size() + 1);
    size_t chunk = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      while (chunk < chunks.size() && chunks[chunk].first == i) at = chunks[chunk++].offset;
      layout_.offset[i] = at;
      if (fate_of(case_, i) != Fate::kGone) at += length_of(nodes_[i]);
    }
    layout_.offset[nodes_.size()] = at;
  }

  // A copy of a code page with other instructions in places.
  void make_twin(size_t index) {
    const uint32_t page = case_.twins[index] * kPageSize;
    uint8_t* copy = &layout_.ram[(kFirstTwinPage + index) * kPageSize];
    std::memcpy(copy, &layout_.ram[page], kPageSize);
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].twin == 0 || fate_of(case_, i) != Fate::kKept) continue;
      for (unsigned byte = 0; byte < length_of(nodes_[i]); ++byte) {
        const uint32_t at = layout_.offset[i] + byte - page;
        if (at < kPageSize) copy[at] = static_cast<uint8_t>(nodes_[i].twin >> (8 * byte));
      }
    }
  }

  // From the start of RAM, which is a multiple of the code's size.
  [[nodiscard]] int64_t target_of(const Node& node) const {
    return int64_t{layout_.offset[case_.program.labels[node.target]]} + node.skew;
  }

  [[nodiscard]] uint32_t bits_of(size_t index, unsigned length) const {
    const Node& node = nodes_[index];
    if (fate_of(case_, index) == Fate::kNop) return length == 2 ? kShortNop : kNop;
    if (node.insn.row == Op::kIllegal) return node.insn.bits;
    if (node.fix == Node::Fix::kNone) return node.insn.bits;
    Insn insn = node.insn;
    insn.imm = static_cast<int32_t>(operand_of(index));
    const Insn result = isa::decode(isa::encode(insn), case_.isa);
    if (result.row == insn.row && result.imm == insn.imm) return result.bits;
    return length == 2 ? kShortNop : kNop;  // too far for it
  }

  [[nodiscard]] int64_t operand_of(size_t index) const {
    const Node& node = nodes_[index];
    const int64_t here = layout_.offset[index];
    const int64_t target = target_of(node);
    const auto absolute = static_cast<int64_t>(kCodeBases[node.base]) + target;
    const auto high = [](int64_t value) { return (value + 0x800) & ~int64_t{0xfff}; };
    switch (node.fix) {
      case Node::Fix::kTarget: return target - here;
      case Node::Fix::kHigh: return high(absolute);
      case Node::Fix::kLow: return absolute - high(absolute);
      case Node::Fix::kPcHigh: return high(target - here);
      case Node::Fix::kPcLow: {
        const int64_t distance = target - int64_t{layout_.offset[index - 1]};
        return distance - high(distance);
      }
      case Node::Fix::kNone: break;
    }
    return node.insn.imm;
  }

  const Case& case_;
  const std::vector<Node>& nodes_;
  Layout layout_;
};

}  // namespace

Layout lay_out(const Case& c) { return Placer(c).run(); }

uint32_t code_size(const Program& program, uint32_t first, uint32_t last) {
  uint32_t size = 0;
  for (uint32_t i = first; i < last; ++i) size += length_of(program.nodes[i]);
  return size;
}

std::string listing(const Case& c) {
  const Layout layout = lay_out(c);
  std::string text;
  uint32_t expected = 0;
  for (size_t i = 0; i < c.program.nodes.size(); ++i) {
    const uint32_t at = layout.offset[i];
    const bool is_handler = at >= kCodePages * kPageSize;
    if (fate_of(c, i) == Fate::kGone || is_handler) continue;
    const unsigned length = length_of(c.program.nodes[i]);
    if (at != expected && expected != 0) text += "\n";
    expected = at + length;
    uint32_t bits = 0;
    std::memcpy(&bits, &layout.ram[at], length);
    const std::string code = fmt::format("{:0{}x}", bits, 2 * length);
    const isa::Insn insn = isa::decode(bits, c.isa);
    const isa::Class cls = isa::info(insn.op).cls;
    const bool is_direct = cls == isa::Class::kBranch || cls == isa::Class::kJal;
    text += fmt::format("  {:x}: {:<8}  {}", kRamBase + at, code, isa::disassemble(bits, c.isa));
    if (is_direct && insn.op != Op::kIllegal)
      text += fmt::format("  # {:x}", kRamBase + static_cast<uint64_t>(int64_t{at} + insn.imm));
    text += "\n";
  }
  return text;
}

}  // namespace rvx::fuzz
