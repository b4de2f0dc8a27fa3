// Writes programs node by node.
#include "cli/fuzz/builder.hpp"

namespace rvx::fuzz {

using isa::Insn;
using isa::Op;

Node& Builder::put(const Insn& insn) {
  Node node;
  node.insn = insn;
  node.insn.bits = insn.row == Op::kIllegal ? insn.bits : isa::encode(insn);
  node.is_start = is_start_;
  node.is_fixed = is_fixed_;
  node.bundle = bundle_;
  is_start_ = false;
  return program_.nodes.emplace_back(node);
}

Node& Builder::put(Op row, unsigned rd, unsigned rs1, unsigned rs2, int64_t imm) {
  Insn insn;
  insn.row = row;
  insn.op = isa::info(row).expansion;
  insn.rd = static_cast<uint8_t>(rd);
  insn.rs1 = static_cast<uint8_t>(rs1);
  insn.rs2 = static_cast<uint8_t>(rs2);
  insn.imm = static_cast<int32_t>(imm);
  insn.length = isa::info(row).length;
  return put(insn);
}

void Builder::put_bits(uint32_t bits, unsigned length) {
  Insn insn;
  insn.bits = bits;
  insn.length = static_cast<uint8_t>(length);
  put(insn);
}

void Builder::jump(Op row, unsigned rd, unsigned rs1, unsigned rs2, Label target, int skew) {
  Node& node = put(row, rd, rs1, rs2);
  node.fix = Node::Fix::kTarget;
  node.target = target;
  node.skew = static_cast<int16_t>(skew);
}

void Builder::address(unsigned reg, Label target, unsigned base) {
  for (const auto fix : {Node::Fix::kHigh, Node::Fix::kLow}) {
    Node& node = put(fix == Node::Fix::kHigh ? Op::lui : Op::addi, reg, reg, 0);
    node.fix = fix;
    node.target = target;
    node.base = static_cast<uint8_t>(base);
  }
}

void Builder::pc_address(unsigned reg, Label target, int skew) {
  for (const auto fix : {Node::Fix::kPcHigh, Node::Fix::kPcLow}) {
    Node& node = put(fix == Node::Fix::kPcHigh ? Op::auipc : Op::addi, reg, reg, 0);
    node.fix = fix;
    node.target = target;
    node.skew = static_cast<int16_t>(skew);
  }
}

void Builder::load_constant(unsigned reg, uint64_t value) {
  const auto as_signed = static_cast<int64_t>(value);
  const int64_t low = static_cast<int64_t>(value << 52) >> 52;
  if (as_signed == low) {
    put(Op::addi, reg, 0, 0, low);
  } else if (as_signed == static_cast<int32_t>(as_signed)) {
    put(Op::lui, reg, 0, 0,
        static_cast<int32_t>(static_cast<uint32_t>(value) - static_cast<uint32_t>(low)));
    if (low != 0) put(Op::addiw, reg, reg, 0, low);
  } else {
    load_constant(
        reg, static_cast<uint64_t>(static_cast<int64_t>(value - static_cast<uint64_t>(low)) >> 12));
    put(Op::slli, reg, reg, 0, 12);
    if (low != 0) put(Op::addi, reg, reg, 0, low);
  }
}

}  // namespace rvx::fuzz
