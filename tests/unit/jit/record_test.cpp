// What recording makes of instructions: constants folded along blocks, bodies it has no operations for.
#include <gtest/gtest.h>

#include "cpu/isa/host_arithmetic.hpp"
#include "jit/ir_text.hpp"
#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

using Lines = std::vector<std::string>;

Lines text(const Region& region, size_t insn) { return ir_text(region, region.insns[insn]); }

TEST(Record, OneEffectForEachInstruction) {
  const Region region = GuestCode().addi(10, 11, 5).put(Op::ld, 12, 2, 0, 8).put(Op::sw, 0, 2, 12, -4).put(Op::bne, 0, 10, 12, 8).recorded();
  EXPECT_EQ(text(region, 0), Lines{"a0 = Add(a1, 5)"});
  EXPECT_EQ(text(region, 1), Lines{"a2 = Load.i64(Add(sp, 8))"});
  EXPECT_EQ(text(region, 2), Lines{"Store.u32(Add(sp, -4), a2)"});
  EXPECT_EQ(text(region, 3), Lines{"branch if Ne(a0, a2)"});
}

TEST(Record, ConstantsAreFolded) {
  const Region region = GuestCode().put(Op::lui, 10, 0, 0, 0x12345000).addi(10, 10, 0x678).put(Op::slli, 11, 10, 0, 4).ret().recorded();
  EXPECT_EQ(text(region, 1), Lines{"a0 = 0x12345678"});
  EXPECT_EQ(text(region, 2), Lines{"a1 = 0x123456780"});
}

// Code is the same at every virtual address: what is relative to the pc is relative to the page.
TEST(Record, AddressesOfThePageAreFolded) {
  const Region region = GuestCode().addi(0, 0, 0).put(Op::auipc, 10, 0, 0, 0x1000).addi(10, 10, 16).put(Op::ld, 11, 10, 0, 8).ret().recorded();
  EXPECT_EQ(text(region, 2), Lines{"a0 = Add(page, 4116)"});
  EXPECT_EQ(text(region, 3), Lines{"a1 = Load.i64(Add(page, 4124))"});
}

// A distance beyond 32 bits takes a register at each use: an instruction that uses such an address four times
// would need more than there are.
TEST(Record, FarAddressesOfThePageAreNotPassedOn) {
  GuestCode code;
  code.put(Op::auipc, 10, 0, 0, 0).addi(11, 0, -30).put(Op::sh1add_uw, 12, 11, 10).put(Op::max, 13, 12, 12).ret();
  const Region region = code.recorded();
  EXPECT_EQ(text(region, 2), Lines{"a2 = Add(page, 0x1ffffffc4)"});
  EXPECT_EQ(text(region, 3), Lines{"a3 = Select(Lt(a2, a2), a2, a2)"});
}

TEST(Record, ConstantsReachTheOnlySuccessorButNoMerge) {
  // 0: li a0, 1; 4: beq to 16; 8: mv a2, a0; 12: ret; 16: mv a3, a0; 20: beq to 8 makes 8 a merge
  GuestCode code;
  code.addi(10, 0, 1).put(Op::beq, 0, 11, 12, 12).addi(12, 10, 0).ret();
  code.addi(13, 10, 0).put(Op::beq, 0, 14, 15, -12).ret();
  const Region region = code.recorded();
  const IrBlock* single = block_at(region, 16);
  const IrBlock* merge = block_at(region, 8);
  ASSERT_NE(single, nullptr);
  ASSERT_NE(merge, nullptr);
  EXPECT_EQ(text(region, single->first), Lines{"a3 = 1"});
  EXPECT_EQ(text(region, merge->first), Lines{"a2 = a0"});
}

TEST(Record, ALoadedValueIsNoConstant) {
  const Region region = GuestCode().addi(10, 0, 1).put(Op::ld, 10, 2, 0, 0).addi(11, 10, 1).ret().recorded();
  EXPECT_EQ(text(region, 2), Lines{"a1 = Add(a0, 1)"});
}

TEST(Record, WritesOfX0AreNone) {
  const Region region = GuestCode().addi(0, 10, 1).ret().recorded();
  EXPECT_EQ(text(region, 0), Lines{});
}

TEST(Record, WhatHasNoOperationsIsCalledAndItsResultUnknown) {
  const Region region = GuestCode().addi(10, 0, 7).put(Op::fclass_d, 10, 11).addi(13, 10, 0).ret().recorded();
  EXPECT_EQ(text(region, 1), Lines{"call the interpreter's body"});
  EXPECT_EQ(text(region, 2), Lines{"a3 = a0"});
}

// Halves are moved and given signs as bits; what rounds them or compares them is called.
TEST(Record, HalvesAreMovedAsBits) {
  GuestCode code;
  code.put(Op::flh, 1, 2, 0, 6).put(Op::fsh, 0, 2, 1, 8).put(Op::fmv_x_h, 10, 1).put(Op::fmv_h_x, 1, 10).put(Op::fsgnjn_h, 1, 2, 3);
  const Region region = code.put(Op::fadd_h, 1, 2, 3).put(Op::feq_h, 10, 1, 2).put(Op::fmin_h, 1, 2, 3).put(Op::fcvt_s_h, 1, 2).put(Op::fli_h, 1, 16).ret().recorded();
  EXPECT_EQ(text(region, 0), Lines{"ft1 = FMove.h(Load.u16(Add(sp, 6)))"});
  EXPECT_EQ(text(region, 1), Lines{"Store.u16(Add(sp, 8), ft1.bits)"});
  EXPECT_EQ(text(region, 2), Lines{"a0 = Sext16(ft1.bits)"});
  EXPECT_EQ(text(region, 3), Lines{"ft1 = FMove.h(a0)"});
  EXPECT_EQ(text(region, 4), Lines{"ft1 = FSgnjn.h(ft2.h, ft3.h)"});
  for (size_t i = 5; i < 9; ++i) EXPECT_EQ(text(region, i), Lines{"call the interpreter's body"}) << i;
  EXPECT_EQ(text(region, 9), Lines{"ft1 = 0xffffffffffff3c00"});
}

// Hosts without an instruction for them have no operation.
TEST(Record, CarrylessProductsWhereTheHostHasThem) {
  const Region region = GuestCode().put(Op::clmul, 10, 11, 12).put(Op::clmulh, 10, 11, 12).put(Op::clmulr, 10, 11, 12).put(Op::brev8, 10, 11).ret().recorded();
  const bool has = isa::has_carryless_multiply();
  EXPECT_EQ(text(region, 0), Lines{has ? "a0 = Clmul(a1, a2)" : "call the interpreter's body"});
  EXPECT_EQ(text(region, 1), Lines{has ? "a0 = Clmulh(a1, a2)" : "call the interpreter's body"});
  EXPECT_EQ(text(region, 2), Lines{has ? "a0 = Clmulr(a1, a2)" : "call the interpreter's body"});
  EXPECT_EQ(text(region, 3), Lines{"a0 = Brev8(a1)"});
}

TEST(Record, CallsAndReturnsNameTheirLink) {
  const Region region = GuestCode().put(Op::jal, 1, 0, 0, 64).put(Op::jalr, 5, 10, 0, 8).recorded();
  EXPECT_EQ(text(region, 0), Lines{"jump, ra = next"});
  EXPECT_EQ(text(region, 1), Lines{"jump to And(Add(a0, 8), -2), t0 = next"});
}

}  // namespace
}  // namespace rvx::jit
