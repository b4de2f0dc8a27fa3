// The passes over a region: dead writes, homes of registers, what is live and what is newer than memory.
#include <gtest/gtest.h>

#include "jit/host_registers.hpp"
#include "jit/passes.hpp"
#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

bool is_dead(const Region& region, size_t insn) {
  for (NodeId id = region.insns[insn].first; id < region.insns[insn].end; ++id)
    if (region.nodes[static_cast<size_t>(id)].is_dead) return true;
  return false;
}

Region without_dead_writes(const GuestCode& code) {
  Region region = code.recorded();
  drop_dead_writes(region);
  return region;
}

constexpr unsigned kT0 = 5, kT1 = 6, kA0 = 10, kA1 = 11, kA2 = 12, kS2 = 18;

TEST(DropDeadWrites, OverwrittenBeforeItIsRead) {
  const Region region = without_dead_writes(GuestCode().addi(kT0, kT1, 1).addi(kT0, kT1, 2).ret());
  EXPECT_TRUE(is_dead(region, 0));
  EXPECT_FALSE(is_dead(region, 1));
}

TEST(DropDeadWrites, ReadInBetweenKeepsIt) {
  const Region region = without_dead_writes(GuestCode().addi(kT0, kT1, 1).addi(kA0, kT0, 0).addi(kT0, kT1, 2).ret());
  EXPECT_FALSE(is_dead(region, 0));
}

TEST(DropDeadWrites, ReadByTheOverwritingInstructionKeepsIt) {
  const Region region = without_dead_writes(GuestCode().addi(kT0, kT1, 1).addi(kT0, kT0, 1).ret());
  EXPECT_FALSE(is_dead(region, 0));
}

// A load that faults shows the state before it, and so does a call of the interpreter's body.
TEST(DropDeadWrites, WhatMayLeaveInBetweenKeepsIt) {
  EXPECT_FALSE(is_dead(without_dead_writes(GuestCode().addi(kT0, kT1, 1).put(Op::ld, kA0, 2, 0, 0).addi(kT0, kT1, 2).ret()), 0));
  EXPECT_FALSE(is_dead(without_dead_writes(GuestCode().addi(kT0, kT1, 1).put(Op::fclass_d, kA0, kA1).addi(kT0, kT1, 2).ret()), 0));
  EXPECT_FALSE(is_dead(without_dead_writes(GuestCode().addi(kT0, kT1, 1).put(Op::fadd_d, 1, 2, 3).addi(kT0, kT1, 2).ret()), 0));
  EXPECT_FALSE(is_dead(without_dead_writes(GuestCode().addi(kT0, kT1, 1).put(Op::ld, kT0, 2, 0, 0).ret()), 0));
}

TEST(DropDeadWrites, LoadIsNeverDropped) {
  const Region region = without_dead_writes(GuestCode().put(Op::ld, kT0, 2, 0, 0).addi(kT0, kT1, 2).ret());
  EXPECT_FALSE(is_dead(region, 0));
}

TEST(DropDeadWrites, BlockOfItsOwnSeesIt) {
  // The write is dead on one side of the branch only.
  const Region region = without_dead_writes(GuestCode().addi(kT0, kT1, 1).put(Op::beq, 0, kA0, kA1, 12).addi(kT0, kT1, 2).ret().ret());
  EXPECT_FALSE(is_dead(region, 0));
}

TEST(Effects, ReadsAndWrites) {
  const Region region = GuestCode().put(Op::add, kA0, kA1, kA2).put(Op::sd, 0, 2, kA0, 8).put(Op::fadd_d, 1, 2, 3).put(Op::jalr, 1, kT0, 0, 0).recorded();
  const Effects add = effects_of(region, region.insns[0]);
  EXPECT_EQ(add.reads, x_bit(kA1) | x_bit(kA2));
  EXPECT_EQ(add.writes, x_bit(kA0));
  EXPECT_FALSE(add.can_leave);
  const Effects store = effects_of(region, region.insns[1]);
  EXPECT_EQ(store.reads, x_bit(2) | x_bit(kA0));
  EXPECT_EQ(store.writes, RegSet{0});
  EXPECT_TRUE(store.can_leave);
  const Effects fadd = effects_of(region, region.insns[2]);
  EXPECT_EQ(fadd.writes, f_bit(1));
  EXPECT_TRUE(fadd.can_leave);
  const Effects jump = effects_of(region, region.insns[3]);
  EXPECT_EQ(jump.reads, x_bit(kT0));
  EXPECT_EQ(jump.writes, x_bit(1));
}

TEST(Effects, CalledRowWritesItsDestination) {
  const Region region = GuestCode().put(Op::fclass_d, kA0, kA1).put(Op::fround_d, 1, 2).ret().recorded();
  EXPECT_NE(effects_of(region, region.insns[0]).writes & x_bit(kA0), RegSet{0});
  EXPECT_TRUE(effects_of(region, region.insns[0]).can_leave);
  EXPECT_NE(effects_of(region, region.insns[1]).writes & f_bit(1), RegSet{0});
}

TEST(ChooseHomes, PinnedRegistersKeepTheirsAndAreNotMapped) {
  const Homes homes = choose_homes(GuestCode().addi(2, 2, 1).addi(2, 2, 1).addi(2, 2, 1).ret().recorded()).front();
  for (const Pinned& p : kPinned) {
    EXPECT_EQ(homes.x[p.guest], p.host);
    EXPECT_EQ(homes.mapped & x_bit(p.guest), RegSet{0});
  }
}

TEST(ChooseHomes, X0HasNone) {
  GuestCode code;
  for (int i = 0; i < 20; ++i) code.put(Op::sd, 0, 2, 0, 8 * i);
  EXPECT_EQ(choose_homes(code.ret().recorded()).front().x[0], -1);
}

TEST(ChooseHomes, LoopsWeighMoreThanWhatRunsOnce) {
  GuestCode code;
  // More registers than there are hosts' are used more often outside of the loop than s2 in it.
  constexpr unsigned kOthers[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  for (const unsigned reg : kOthers)
    for (int i = 0; i < 4; ++i) code.addi(reg, reg, 1);
  const Region region = code.addi(kS2, kS2, -1).put(Op::bne, 0, kS2, 0, -4).ret().recorded();
  const Homes homes = choose_homes(region)[region.blocks[1].zone];
  EXPECT_GE(homes.x[kS2], 0);
  EXPECT_NE(homes.mapped & x_bit(kS2), RegSet{0});
}

TEST(ChooseHomes, LoopsHaveTheirOwn) {
  // Each loop is busy with five registers of its own.
  GuestCode code;
  for (const unsigned first : {5u, 20u}) {
    for (unsigned n = first; n < first + 5; ++n) code.addi(n, n, 1);
    code.put(Op::bne, 0, first, 0, -20);
  }
  const Region region = code.ret().recorded();
  const std::vector<Homes> homes = choose_homes(region);
  const Homes &one = homes[block_at(region, 0)->zone], &other = homes[block_at(region, 24)->zone];
  for (unsigned n = 0; n < 5; ++n) {
    EXPECT_GE(one.x[5 + n], 0);
    EXPECT_LT(one.x[20 + n], 0);
    EXPECT_GE(other.x[20 + n], 0);
    EXPECT_LT(other.x[5 + n], 0);
  }
}

TEST(ChooseHomes, InnerLoopsLeaveValuesInTheirPlaces) {
  // s2 and s3 are busy in both, t0 in the inner one alone.
  GuestCode code;
  code.addi(kS2, kS2, 1).addi(kS2 + 1, kS2, 1);
  code.addi(kT0, kT0, 1).addi(kT0, kS2, 1).addi(kT0, kS2 + 1, 1).put(Op::bne, 0, kT0, 0, -12);
  const Region region = code.put(Op::bne, 0, kS2, 0, -24).ret().recorded();
  const std::vector<Homes> homes = choose_homes(region);
  const Homes &outer = homes[block_at(region, 0)->zone], &inner = homes[block_at(region, 8)->zone];
  EXPECT_NE(&outer, &inner);
  EXPECT_GE(outer.x[kS2], 0);
  EXPECT_EQ(outer.x[kS2], inner.x[kS2]);
  EXPECT_EQ(outer.x[kS2 + 1], inner.x[kS2 + 1]);
  EXPECT_EQ(shared_homes(outer, inner) & (x_bit(kS2) | x_bit(kS2 + 1)), x_bit(kS2) | x_bit(kS2 + 1));
}

TEST(ChooseHomes, NoHostRegisterServesTwo) {
  GuestCode code;
  for (unsigned reg = 1; reg < 32; ++reg)
    for (int i = 0; i < 5; ++i) code.addi(reg, reg, 1).put(Op::fadd_d, reg, reg, reg);
  const Homes homes = choose_homes(code.ret().recorded()).front();
  for (const auto& places : {homes.x, homes.f}) {
    std::set<int> taken;
    for (const int8_t host : places) {
      if (host >= 0) {
        EXPECT_TRUE(taken.insert(host).second) << int{host};
      }
    }
    EXPECT_GT(taken.size(), 4u);
  }
}

// For flows of regions with one zone: t0 and t1 have homes, memory has the others.
std::vector<Homes> homes_of_t0_and_t1(size_t zones = 1) {
  Homes homes;
  homes.x.fill(-1);
  homes.f.fill(-1);
  homes.x[kT0] = kRegionX[0];
  homes.x[kT1] = kRegionX[1];
  homes.mapped = x_bit(kT0) | x_bit(kT1);
  return std::vector<Homes>(zones, homes);
}

TEST(TraceRegisters, WhatIsReadIsLiveAndWhatIsWrittenBeforeIsNot) {
  const Region region = GuestCode().addi(kT1, kT0, 1).put(Op::add, kA0, kA1, kT1).ret().recorded();
  const Flow flow = trace_registers(region, homes_of_t0_and_t1(region.zones.size()));
  EXPECT_EQ(flow.live_in[0], x_bit(kT0));
  EXPECT_EQ(flow.dirty_before[0], RegSet{0});
  EXPECT_EQ(flow.dirty_before[1], x_bit(kT1));
  EXPECT_EQ(flow.dirty_after[0], x_bit(kT1));
}

TEST(TraceRegisters, DirtyComesAroundALoopAndIsLiveWhereItMayBeStored) {
  // 0: ld a0, (sp); 4: addi t0, zero, 1; 8: bne a0 to 0; 12: ret. From the second round on t0 is newer than memory.
  const Region region = GuestCode().put(Op::ld, kA0, 2, 0, 0).addi(kT0, 0, 1).put(Op::bne, 0, kA0, 0, -8).ret().recorded();
  const Flow flow = trace_registers(region, homes_of_t0_and_t1(region.zones.size()));
  EXPECT_EQ(flow.dirty_before[0], x_bit(kT0));
  // The load may leave in the second round, which stores t0: so the first has to have it, too.
  EXPECT_NE(flow.live_in[0] & x_bit(kT0), RegSet{0});
}

TEST(TraceRegisters, DirtyOnOneWayIsDirtyWhereWaysMeet) {
  // 0: beq to 8; 4: addi t0; 8: addi t1, t1, 1; 12: ret
  const Region region = GuestCode().put(Op::beq, 0, kA0, kA1, 8).addi(kT0, kT0, 1).addi(kT1, kT1, 1).ret().recorded();
  const Flow flow = trace_registers(region, homes_of_t0_and_t1(region.zones.size()));
  const IrBlock* meeting = block_at(region, 8);
  ASSERT_NE(meeting, nullptr);
  EXPECT_EQ(flow.dirty_before[meeting->first], x_bit(kT0));
  // On the other way t0 must be loaded all the same.
  EXPECT_EQ(flow.live_in[0], x_bit(kT0) | x_bit(kT1));
}

TEST(TraceRegisters, FloatingPointIsSeen) {
  EXPECT_TRUE(trace_registers(GuestCode().put(Op::fadd_d, 1, 2, 3).ret().recorded(), homes_of_t0_and_t1()).uses_fp);
  EXPECT_FALSE(trace_registers(GuestCode().addi(1, 2, 3).ret().recorded(), homes_of_t0_and_t1()).uses_fp);
}

}  // namespace
}  // namespace rvx::jit
