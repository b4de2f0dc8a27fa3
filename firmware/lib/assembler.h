// Encodings of a few instructions, for tests that write code.
#pragma once

#include <stdint.h>

namespace code {

enum Register : uint32_t { zero = 0, ra = 1, sp = 2, t0 = 5, t1 = 6, t2 = 7, a0 = 10, a1 = 11, a2 = 12, a3 = 13, a4 = 14, a5 = 15, t6 = 31 };

constexpr uint32_t i_type(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1, int32_t imm) {
  return (uint32_t)imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t r_type(uint32_t opcode, uint32_t funct3, uint32_t funct7, uint32_t rd, uint32_t rs1, uint32_t rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t s_type(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t imm) {
  return ((uint32_t)imm >> 5 & 127) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | ((uint32_t)imm & 31) << 7 | 0x23;
}
constexpr uint32_t addi(uint32_t rd, uint32_t rs1, int32_t imm) { return i_type(0x13, 0, rd, rs1, imm); }
constexpr uint32_t ld(uint32_t rd, uint32_t rs1, int32_t imm) { return i_type(0x03, 3, rd, rs1, imm); }
constexpr uint32_t sd(uint32_t rs2, uint32_t rs1, int32_t imm) { return s_type(3, rs1, rs2, imm); }
constexpr uint32_t lui(uint32_t rd, uint32_t upper) { return upper << 12 | rd << 7 | 0x37; }
constexpr uint32_t auipc(uint32_t rd, uint32_t upper) { return upper << 12 | rd << 7 | 0x17; }
constexpr uint32_t jal(uint32_t rd, int32_t to) {
  const auto u = (uint32_t)to;
  return (u >> 20 & 1) << 31 | (u >> 1 & 1023) << 21 | (u >> 11 & 1) << 20 | (u >> 12 & 255) << 12 | rd << 7 | 0x6f;
}
constexpr uint32_t jalr(uint32_t rd, uint32_t rs1, int32_t imm) { return i_type(0x67, 0, rd, rs1, imm); }
constexpr uint32_t branch(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t to) {
  const auto u = (uint32_t)to;
  return (u >> 12 & 1) << 31 | (u >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (u >> 1 & 15) << 8 | (u >> 11 & 1) << 7 | 0x63;
}
constexpr uint32_t beq(uint32_t rs1, uint32_t rs2, int32_t to) { return branch(0, rs1, rs2, to); }
constexpr uint32_t bne(uint32_t rs1, uint32_t rs2, int32_t to) { return branch(1, rs1, rs2, to); }
constexpr uint32_t ret = 0x00008067, nop = 0x00000013, ecall = 0x00000073, ebreak = 0x00100073, illegal = 0xffffffff;

}  // namespace code
