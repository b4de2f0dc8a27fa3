// Which guest code becomes a region.
#include <gtest/gtest.h>

#include "cpu/hot_code.hpp"
#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

TEST(FindRegion, StraightCodeEndsAtAnIndirectJump) {
  const Region region = GuestCode().addi(10, 10, 1).addi(11, 11, 1).ret().addi(12, 12, 1).find();
  ASSERT_EQ(region.blocks.size(), 1u);
  EXPECT_EQ(region.insns.size(), 3u);
  EXPECT_EQ(region.blocks[0].how, BlockEnd::kIndirect);
  EXPECT_TRUE(region.blocks[0].is_entry);
}

TEST(FindRegion, LoopStaysInside) {
  // 0: addi; 4: addi; 8: bne to 4; 12: ret
  const Region region = GuestCode().addi(10, 0, 9).addi(10, 10, -1).put(Op::bne, 0, 10, 0, -4).ret().find();
  ASSERT_EQ(region.blocks.size(), 3u);
  const IrBlock* loop = block_at(region, 4);
  ASSERT_NE(loop, nullptr);
  EXPECT_EQ(loop->loop_depth, 1u);
  EXPECT_EQ(loop->taken.block, loop - region.blocks.data());
  EXPECT_EQ(loop->predecessors, 2u);
  EXPECT_FALSE(loop->is_entry);
  EXPECT_EQ(block_at(region, 0)->loop_depth, 0u);
}

TEST(FindRegion, BlockThatHasNotRunStaysOutside) {
  const GuestCode code = GuestCode().put(Op::beq, 0, 10, 11, 12).addi(12, 12, 1).ret().addi(13, 13, 1).ret();
  EXPECT_NE(block_at(code.find(), 12), nullptr);
  const Region region = code.find(0, {12});
  EXPECT_EQ(block_at(region, 12), nullptr);
  EXPECT_EQ(region.blocks[0].taken.block, -1);
  EXPECT_EQ(region.blocks[0].taken.offset, 12);
}

TEST(FindRegion, HeadNeedNotHaveRunByItsOwnCount) {
  EXPECT_EQ(GuestCode().addi(10, 10, 1).ret().find(0, {0}).blocks.size(), 1u);
}

TEST(FindRegion, ReturnPlaceOfACallIsAnEntry) {
  // 0: jal ra, 64; 4: ret
  const Region region = GuestCode().put(Op::jal, 1, 0, 0, 64).ret().at(64).ret().find();
  EXPECT_EQ(region.blocks[0].how, BlockEnd::kJump);
  const IrBlock* back = block_at(region, 4);
  ASSERT_NE(back, nullptr);
  EXPECT_TRUE(back->is_entry);
}

TEST(FindRegion, FunctionsThatAreCalledArePartOfTheRegionAndReturnIntoIt) {
  // 0: jal ra, 64; 4: jal ra, 64; 8: addi; 12: ret; 64: addi; 68: ret
  const GuestCode code = GuestCode().put(Op::jal, 1, 0, 0, 64).put(Op::jal, 1, 0, 0, 60).addi(10, 10, 1).ret().at(64).addi(11, 11, 1).ret();
  const Region region = code.find();
  const IrBlock* function = block_at(region, 64);
  ASSERT_NE(function, nullptr);
  EXPECT_FALSE(function->is_entry);
  EXPECT_EQ(function->predecessors, 2u);
  ASSERT_EQ(function->likely_count, 2u);
  EXPECT_EQ(region.blocks[static_cast<size_t>(function->likely[0])].start, 4u);
  EXPECT_EQ(region.blocks[static_cast<size_t>(function->likely[1])].start, 8u);
  // The region's own return leads out of it.
  EXPECT_EQ(block_at(region, 8)->likely_count, 0u);
  EXPECT_EQ(block_at(code.find(0, {64}), 64), nullptr);
}

TEST(FindRegion, ReturnsByTheOtherLinkRegisterLeadBehindTheirCalls) {
  // 0: jal t0, 64; 4: ret; 64: addi; 68: jr t0
  const Region region = GuestCode().put(Op::jal, 5, 0, 0, 64).ret().at(64).addi(11, 11, 1).put(Op::jalr, 0, 5, 0, 0).find();
  ASSERT_EQ(block_at(region, 64)->likely_count, 1u);
  EXPECT_EQ(block_at(region, 4)->likely_count, 0u);
}

TEST(FindRegion, FunctionsRunAsOftenAsTheLoopsThatCallThem) {
  // 0: addi; 4: jal ra, 64; 8: bne to 4; 12: ret; 64: addi; 68: bne to 64; 72: ret
  const Region region =
      GuestCode().addi(10, 0, 9).put(Op::jal, 1, 0, 0, 60).put(Op::bne, 0, 10, 0, -4).ret().at(64).addi(11, 11, -1).put(Op::bne, 0, 11, 0, -4).ret().find();
  EXPECT_EQ(block_at(region, 0)->loop_depth, 0u);
  EXPECT_EQ(block_at(region, 4)->loop_depth, 1u);
  EXPECT_EQ(block_at(region, 8)->zone, block_at(region, 4)->zone);
  EXPECT_EQ(block_at(region, 64)->loop_depth, 2u);
  EXPECT_EQ(block_at(region, 72)->loop_depth, 1u);
  EXPECT_NE(block_at(region, 72)->zone, block_at(region, 4)->zone);
}

TEST(FindRegion, OnlyWhatLeadsBackIsInALoop) {
  // 0: beq to 16; 4: addi; 8: bne to 0; 12: ret; 16: addi; 20: jump to 4; 24: not reached
  const Region region = GuestCode().put(Op::beq, 0, 10, 11, 16).addi(10, 10, -1).put(Op::bne, 0, 10, 0, -8).ret().addi(12, 12, 1).put(Op::jal, 0, 0, 0, -16).find();
  EXPECT_EQ(block_at(region, 0)->loop_depth, 1u);
  EXPECT_EQ(block_at(region, 4)->loop_depth, 1u);
  EXPECT_EQ(block_at(region, 16)->loop_depth, 1u);
  EXPECT_EQ(block_at(region, 12)->loop_depth, 0u);
}

TEST(FindRegion, LoopBehindAnInstructionOfTheInterpreterIsOneLoop) {
  // 0: addi; 4: fence.i; 8: addi; 12: beq to 20; 16: addi; 20: bne to 8; 24: ret
  const Region region = GuestCode().addi(10, 10, 1).put(Op::fence_i).addi(10, 10, 1).put(Op::beq, 0, 10, 11, 8).addi(12, 12, 1).put(Op::bne, 0, 10, 0, -12).ret().find();
  for (const uint16_t offset : {8, 16, 20}) {
    EXPECT_EQ(block_at(region, offset)->loop_depth, 1u) << offset;
    EXPECT_EQ(block_at(region, offset)->zone, block_at(region, 8)->zone) << offset;
  }
}

TEST(FindRegion, CallsByRegisterAreFollowedToWhereTheyLedTheLastTime) {
  // 0: jalr ra, a5; 4: ret; 64: addi; 68: ret
  const GuestCode code = GuestCode().put(Op::jalr, 1, 15, 0, 0).ret().at(64).addi(11, 11, 1).ret();
  EXPECT_EQ(block_at(code.find(), 64), nullptr);
  const Region region = code.find(0, {}, nullptr, 64);
  const IrBlock* function = block_at(region, 64);
  ASSERT_NE(function, nullptr);
  ASSERT_EQ(region.blocks[0].likely_count, 1u);
  EXPECT_EQ(&region.blocks[static_cast<size_t>(region.blocks[0].likely[0])], function);
  ASSERT_EQ(function->likely_count, 1u);
  EXPECT_EQ(region.blocks[static_cast<size_t>(function->likely[0])].start, 4u);
}

TEST(FindRegion, JumpIsFollowed) {
  const Region region = GuestCode().put(Op::jal, 0, 0, 0, 64).at(64).ret().find();
  ASSERT_EQ(region.blocks.size(), 2u);
  EXPECT_EQ(region.blocks[0].taken.block, 1);
  EXPECT_EQ(region.blocks[1].only_predecessor, 0);
}

TEST(FindRegion, InstructionOfTheInterpreterEndsABlockAndWhatFollowsIsAnEntry) {
  const Region region = GuestCode().addi(10, 10, 1).put(Op::fence_i, 0, 0, 0, 0).addi(10, 10, 1).ret().find();
  EXPECT_EQ(region.blocks[0].how, BlockEnd::kLeave);
  EXPECT_EQ(region.blocks[0].next.offset, 4);
  const IrBlock* behind = block_at(region, 8);
  ASSERT_NE(behind, nullptr);
  EXPECT_TRUE(behind->is_entry);
}

TEST(FindRegion, CsrInstructionsStayInTheRegion) {
  const Region region = GuestCode().addi(10, 10, 1).put(Op::csrrs, 10, 0, 0, 0xc00).addi(10, 10, 1).ret().find();
  ASSERT_EQ(region.blocks.size(), 1u);
  EXPECT_EQ(region.insns.size(), 4u);
}

// Otherwise the region would be made again each time that the head has run often enough.
TEST(FindRegion, HeadOfTheInterpretersGivesNoRegion) {
  EXPECT_TRUE(GuestCode().put(Op::fence_i, 0, 0, 0, 0).addi(10, 10, 1).ret().find().blocks.empty());
  EXPECT_TRUE(GuestCode().word(0, 4).addi(10, 10, 1).ret().find().blocks.empty());
}

TEST(FindRegion, InstructionOverTwoPagesIsTheInterpreters) {
  GuestCode code;
  code.at(4090).word(0x0505, 2).word(0x0505, 2).addi(10, 10, 1);  // c.addi a0, 1, twice
  const Region region = code.find(4090);
  ASSERT_EQ(region.blocks.size(), 1u);
  EXPECT_EQ(region.insns.size(), 2u);
  EXPECT_EQ(region.blocks[0].how, BlockEnd::kLeave);
  EXPECT_EQ(region.blocks[0].next.offset, 4094);
  EXPECT_TRUE(code.find(4094).blocks.empty());
}

TEST(FindRegion, NothingOfTheNextPage) {
  GuestCode code;
  code.at(4092).addi(10, 10, 1);
  const Region region = code.find(4092);
  EXPECT_EQ(region.blocks[0].how, BlockEnd::kFall);
  EXPECT_EQ(region.blocks[0].next.offset, 4096);
  EXPECT_EQ(region.blocks[0].next.block, -1);
  const Region jump = GuestCode().put(Op::jal, 0, 0, 0, -8).find();
  EXPECT_EQ(jump.blocks[0].taken.offset, -8);
  EXPECT_EQ(jump.blocks[0].taken.block, -1);
}

// The bytes at 0 are one instruction, those at 2 another.
TEST(FindRegion, JumpIntoTheMiddleOfAnInstructionDecodesWhatIsThere) {
  GuestCode code;
  const uint32_t c_ret = 0x8082;
  code.word(c_ret << 16 | 0x0537, 4);  // lui a0, ...; its upper half is c.ret
  code.put(Op::beq, 0, 10, 11, -2).ret();
  const Region region = code.find();
  const IrBlock* middle = block_at(region, 2);
  ASSERT_NE(middle, nullptr);
  EXPECT_EQ(region.insns[middle->first].insn.length, 2);
  EXPECT_EQ(middle->how, BlockEnd::kIndirect);
  EXPECT_EQ(region.insns[region.blocks[0].first].insn.op, Op::lui);
}

TEST(FindRegion, WithoutCompressionMisalignedTargetsAndIndirectJumpsAreTheInterpreters) {
  const Region branch = GuestCode().addi(10, 10, 1).put(Op::beq, 0, 10, 11, 6).ret().find(0, {}, "rv64i");
  EXPECT_EQ(branch.blocks[0].how, BlockEnd::kLeave);
  EXPECT_EQ(branch.blocks[0].next.offset, 4);
  EXPECT_TRUE(GuestCode().put(Op::jal, 0, 0, 0, 6).find(0, {}, "rv64i").blocks.empty());
  EXPECT_TRUE(GuestCode().ret().find(0, {}, "rv64i").blocks.empty());
}

TEST(FindRegion, NoLongerThanTheBudgetsTestAllows) {
  GuestCode code;
  for (int i = 0; i < 1000; ++i) code.addi(10, 10, 1);
  EXPECT_LT(code.find().insns.size(), static_cast<size_t>(kMaxStretch));
  GuestCode branches;
  for (int i = 0; i < 1000; ++i) branches.put(Op::beq, 0, 10, 11, 8);
  const Region region = branches.find();
  EXPECT_LT(region.insns.size(), static_cast<size_t>(kMaxStretch));
  EXPECT_GT(region.insns.size(), 50u);
}

TEST(FindRegion, EveryPlaceWithABlockNamesTheBlockThatStartsThere) {
  GuestCode code;
  code.addi(10, 0, 5).put(Op::beq, 0, 11, 12, 16).addi(13, 13, 1).put(Op::bne, 0, 13, 14, -4).put(Op::jal, 0, 0, 0, 8);
  code.addi(15, 15, 1).put(Op::bne, 0, 10, 0, -20).ret();
  const Region region = code.find();
  for (const IrBlock& block : region.blocks) {
    for (const Place* place : {&block.taken, &block.next}) {
      if (place->block >= 0) {
        EXPECT_EQ(region.blocks[static_cast<size_t>(place->block)].start, place->offset);
      }
    }
  }
}

}  // namespace
}  // namespace rvx::jit
