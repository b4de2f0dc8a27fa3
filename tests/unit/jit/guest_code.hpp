// Pages of guest code for tests of the JIT, written instruction by instruction.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>

#include "cpu/isa/decode.hpp"
#include "jit/find_region.hpp"
#include "jit/record.hpp"

namespace rvx::jit {

using isa::Op;

class GuestCode {
 public:
  // Where the next instruction goes, bytes from the start of the page.
  GuestCode& at(unsigned offset) {
    next_ = offset;
    return *this;
  }
  // One instruction of four bytes; imm as in isa::Insn.
  GuestCode& put(Op op, unsigned rd = 0, unsigned rs1 = 0, unsigned rs2 = 0, int32_t imm = 0) {
    isa::Insn insn;
    insn.op = insn.row = op;
    insn.length = 4;
    insn.rd = static_cast<uint8_t>(rd);
    insn.rs1 = static_cast<uint8_t>(rs1);
    insn.rs2 = static_cast<uint8_t>(rs2);
    insn.imm = imm;
    return word(isa::encode(insn), 4);
  }
  GuestCode& word(uint32_t bits, unsigned length) {
    std::memcpy(page_.data() + next_, &bits, std::min<size_t>(length, page_.size() - next_));
    next_ += length;
    return *this;
  }
  GuestCode& addi(unsigned rd, unsigned rs1, int32_t imm) { return put(Op::addi, rd, rs1, 0, imm); }
  [[nodiscard]] const std::array<uint8_t, 4096>& bytes() const { return page_; }
  GuestCode& ret() { return put(Op::jalr, 0, 1, 0, 0); }

  // The region around `head`, where every block has run but those at `cold`, and calls by register have led to `called`.
  [[nodiscard]] Region find(uint16_t head = 0, const std::set<uint16_t>& cold = {}, const char* isa = nullptr, int64_t called = -1) const {
    isa::IsaConfig config = isa::IsaConfig::all();
    std::string error;
    if (isa != nullptr && !isa::IsaConfig::parse(isa, config, error)) ADD_FAILURE() << error;
    return find_region({.page = page_.data(),
                        .physical = 0x8000'0000,
                        .head = head,
                        .isa = &config,
                        .has_run = [&](uint16_t offset) { return !cold.contains(offset); },
                        .last_target = [&](uint16_t, uint16_t) { return called; }});
  }
  // ..., with its IR.
  [[nodiscard]] Region recorded(uint16_t head = 0) const {
    Region region = find(head);
    record(region);
    return region;
  }

 private:
  std::array<uint8_t, 4096> page_{};
  unsigned next_ = 0;
};

// The region's block that starts at `offset`; nullptr where there is none.
[[nodiscard]] inline const IrBlock* block_at(const Region& region, uint16_t offset) {
  for (const IrBlock& block : region.blocks)
    if (block.start == offset) return &block;
  return nullptr;
}

}  // namespace rvx::jit
