// Which accesses share a TLB check.
#include <gtest/gtest.h>

#include "jit/passes.hpp"
#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

constexpr unsigned kSp = 2, kT0 = 5, kA0 = 10, kA1 = 11, kA2 = 12;

Checks merge(const Region& region) {
  return merge_checks(region, [](uint16_t) { return true; });
}

// The group of an instruction's access; -1 where it has none.
int group_of(const Region& region, const Checks& checks, size_t insn) {
  for (NodeId id = region.insns[insn].first; id < region.insns[insn].end; ++id)
    if (checks.group_of[static_cast<size_t>(id)] >= 0) return checks.group_of[static_cast<size_t>(id)];
  return -1;
}

bool shares(const Region& region, size_t a, size_t b) {
  const Checks checks = merge(region);
  return group_of(region, checks, a) >= 0 && group_of(region, checks, a) == group_of(region, checks, b);
}

GuestCode& load(GuestCode& code, unsigned rd, unsigned base, int32_t offset) { return code.put(Op::ld, rd, base, 0, offset); }

TEST(MergeChecks, AccessesOfOneBaseShareTheRangeOfAll) {
  GuestCode code;
  code.put(Op::ld, kA0, kSp, 0, 16).put(Op::lw, kA1, kSp, 0, 4).put(Op::ld, kA2, kSp, 0, 40).ret();
  const Region region = code.recorded();
  const Checks checks = merge(region);
  ASSERT_EQ(checks.groups.size(), 1u);
  const CheckGroup& group = checks.groups[0];
  EXPECT_EQ(group.members, 3u);
  // Relative to the first one's address.
  EXPECT_EQ(group.low, 4 - 16);
  EXPECT_EQ(group.high, 48 - 16);
  EXPECT_FALSE(group.is_write);
  EXPECT_GE(group.leader, region.insns[0].first);
  EXPECT_LT(group.leader, region.insns[0].end);
}

TEST(MergeChecks, OtherBasesDoNot) { EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::ld, kA1, kT0, 0, 0).ret().recorded(), 0, 1)); }

TEST(MergeChecks, BaseThatChangedByAConstantIsTheSame) {
  EXPECT_TRUE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).addi(kSp, kSp, 16).put(Op::ld, kA1, kSp, 0, 0).ret().recorded(), 0, 2));
  EXPECT_TRUE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).addi(kT0, kSp, 16).put(Op::ld, kA1, kT0, 0, 0).ret().recorded(), 0, 2));
}

TEST(MergeChecks, BaseThatChangedOtherwiseIsAnother) {
  EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::add, kSp, kSp, kA1).put(Op::ld, kA1, kSp, 0, 0).ret().recorded(), 0, 2));
  EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::ld, kSp, kT0, 0, 0).put(Op::ld, kA1, kSp, 0, 0).ret().recorded(), 0, 2));
  // Loaded from itself: the new value is the base of what follows.
  EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kA0, 0, 0).put(Op::ld, kA0, kA0, 0, 0).ret().recorded(), 0, 1));
}

TEST(MergeChecks, CalledRowMayChangeItsDestination) {
  EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kT0, 0, 0).put(Op::fclass_d, kT0, kA1).put(Op::ld, kA1, kT0, 0, 0).ret().recorded(), 0, 2));
}

// A store needs more than a load's check: write permission, and the page's dirty bit.
TEST(MergeChecks, StoreDoesNotUseALoadsCheckButLoadsUseAStores) {
  EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::sd, 0, kSp, kA0, 8).ret().recorded(), 0, 1));
  EXPECT_TRUE(shares(GuestCode().put(Op::sd, 0, kSp, kA0, 8).put(Op::ld, kA0, kSp, 0, 0).ret().recorded(), 0, 1));
}

TEST(MergeChecks, FarApartDoNotShare) {
  EXPECT_FALSE(shares(GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::ld, kA1, kSp, 0, 1024).ret().recorded(), 0, 1));
}

TEST(MergeChecks, OnlyBlockBeforeHandsItsChecksOn) {
  // 0: ld; 4: beq to 12; 8: ld; 12: ld is reached both ways.
  const Region region =
      GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::beq, 0, kA0, kA1, 8).put(Op::ld, kA1, kSp, 0, 8).put(Op::ld, kA2, kSp, 0, 16).ret().recorded();
  const auto at = [&](uint16_t offset) {
    for (size_t i = 0; i < region.insns.size(); ++i)
      if (region.insns[i].offset == offset) return i;
    return region.insns.size();
  };
  EXPECT_TRUE(shares(region, at(0), at(8)));
  EXPECT_FALSE(shares(region, at(0), at(12)));
}

TEST(MergeChecks, WhatAnotherBranchDoesToTheBaseDoesNotMatter) {
  // 0: ld; 4: beq to 16; 8: sp changes; 12: ret; 16: ld
  GuestCode code;
  code.put(Op::ld, kA0, kSp, 0, 0).put(Op::beq, 0, kA0, kA1, 12).put(Op::add, kSp, kSp, kA1).ret().put(Op::ld, kA1, kSp, 0, 8).ret();
  const Region region = code.recorded();
  EXPECT_TRUE(shares(region, 0, block_at(region, 16)->first));
}

TEST(MergeChecks, WhereItStraddledBeforeEachHasItsOwn) {
  const Region region = GuestCode().put(Op::ld, kA0, kSp, 0, 0).put(Op::ld, kA1, kSp, 0, 8).put(Op::ld, kA2, kSp, 0, 16).ret().recorded();
  const Checks checks = merge_checks(region, [](uint16_t offset) { return offset != 4; });
  EXPECT_EQ(group_of(region, checks, 1), -1);
  EXPECT_EQ(group_of(region, checks, 0), group_of(region, checks, 2));
}

// Each open group has a slot of the frame for its addend; the oldest gives its slot away with its group.
TEST(MergeChecks, NoTwoOpenGroupsShareASlot) {
  GuestCode code;
  for (unsigned base = 16; base < 16 + kCheckSlots + 1; ++base) load(code, kA0, base, 0);
  for (unsigned base = 16; base < 16 + kCheckSlots + 1; ++base) load(code, kA0, base, 8);
  const Region region = code.ret().recorded();
  const Checks checks = merge(region);
  // The first base's group was closed by the last one's, and opens anew; so does each after it.
  EXPECT_NE(group_of(region, checks, 0), group_of(region, checks, kCheckSlots + 1));
  for (size_t g = 0; g + 1 < checks.groups.size(); ++g) {
    for (size_t h = g + 1; h < checks.groups.size() && h < g + kCheckSlots; ++h) {
      EXPECT_NE(checks.groups[g].slot, checks.groups[h].slot) << g << ", " << h;
    }
  }
}

}  // namespace
}  // namespace rvx::jit
