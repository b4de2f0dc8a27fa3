// Writes programs node by node, with labels.
#pragma once

#include <cstdint>

#include "cli/fuzz/program.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {

class Builder {
 public:
  using Label = uint32_t;

  [[nodiscard]] Program& program() noexcept { return program_; }
  [[nodiscard]] uint32_t node_count() const noexcept {
    return static_cast<uint32_t>(program_.nodes.size());
  }

  [[nodiscard]] Label label() {
    program_.labels.push_back(0);
    return static_cast<Label>(program_.labels.size() - 1);
  }
  // `label` is before the next node.
  void bind(Label label) { program_.labels[label] = node_count(); }
  [[nodiscard]] Label here() {
    const Label l = label();
    bind(l);
    return l;
  }

  // The next node begins something new.
  void start() noexcept { is_start_ = true; }
  // From here on nodes stand in another chunk, whose place is chosen later (or is `offset`).
  void chunk(uint32_t offset = 0) { program_.chunks.push_back({node_count(), offset}); }
  // Nodes that follow belong to the frame.
  void set_fixed(bool is_fixed) noexcept { is_fixed_ = is_fixed; }

  // What belongs together: a store to code and its fence.
  void begin_bundle() noexcept { bundle_ = ++bundles_; }
  void end_bundle() noexcept { bundle_ = 0; }

  Node& put(const isa::Insn& insn);
  // Operands that the row does not have are ignored.
  Node& put(isa::Op row, unsigned rd, unsigned rs1, unsigned rs2, int64_t imm = 0);
  void put_bits(uint32_t bits, unsigned length);

  // A branch or a direct jump. `skew`: bytes past the label.
  void jump(isa::Op row, unsigned rd, unsigned rs1, unsigned rs2, Label target, int skew = 0);
  // Two nodes: the address of `target` at code base `base`, or where code runs now.
  void address(unsigned reg, Label target, unsigned base);
  void pc_address(unsigned reg, Label target, int skew = 0);
  // Any value, in one node or more.
  void load_constant(unsigned reg, uint64_t value);

 private:
  Program program_;
  uint32_t bundle_ = 0, bundles_ = 0;
  bool is_start_ = true;
  bool is_fixed_ = false;
};

}  // namespace rvx::fuzz
