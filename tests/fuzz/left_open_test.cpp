// Differences that the manual lets two right engines have are told from failures.
#include <gtest/gtest.h>

#include "cli/fuzz/builder.hpp"
#include "cli/fuzz/lockstep.hpp"
#include "cli/fuzz/memory_map.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {
namespace {

using isa::Op;

constexpr unsigned kPlace = 5, kValue = 6;
constexpr uint32_t kNop = 0x13, kOther = 0x00100513;  // li a0, 1
constexpr uint64_t kBudget = 100;

enum class Fence : uint8_t { kNone, kBefore, kBehind };

// A program that stores `bits` over a nop and then executes what is there, or jumps over it.
Case changing_case(uint32_t bits, Fence fence, bool executes) {
  Builder b;
  const Builder::Label changed = b.label(), end = b.label();
  b.program().start = b.here();
  b.pc_address(kPlace, changed);
  b.load_constant(kValue, bits);
  if (fence == Fence::kBefore) b.put(Op::fence_i, 0, 0, 0);
  b.put(Op::sw, 0, kPlace, kValue, 0);
  if (fence == Fence::kBehind) b.put(Op::fence_i, 0, 0, 0);
  if (!executes) b.jump(Op::jal, 0, 0, 0, end);
  b.bind(changed);
  b.put_bits(kNop, 4);
  b.bind(end);
  b.program().end = end;
  b.jump(Op::jal, 0, 0, 0, end);
  Case c;
  c.isa = isa::IsaConfig::all();
  c.program = b.program();
  c.code_base = kRamBase;
  c.slices = {kBudget};
  c.budget = kBudget;
  return c;
}

bool is_open(const Case& c, uint64_t until = kBudget) { return is_left_open(c, Failure{.crash = "", .from = 0, .to = until, .swept = {}, .differences = {}}); }

TEST(LeftOpen, IsWhatExecutesAnInstructionThatWasChangedWithoutAFence) {
  EXPECT_TRUE(is_open(changing_case(kOther, Fence::kNone, true)));
  EXPECT_TRUE(is_open(changing_case(kOther, Fence::kBefore, true)));
}

TEST(LeftOpen, IsNotWhatFencesOrChangesNothingOrIsNotExecuted) {
  EXPECT_FALSE(is_open(changing_case(kOther, Fence::kBehind, true)));
  EXPECT_FALSE(is_open(changing_case(kNop, Fence::kNone, true)));
  EXPECT_FALSE(is_open(changing_case(kOther, Fence::kNone, false)));
}

// What was wrong before that is the engine's mistake.
TEST(LeftOpen, IsNotWhatFailsBefore) {
  const Case c = changing_case(kOther, Fence::kNone, true);
  uint64_t first = 1;
  while (first < kBudget && !is_open(c, first)) ++first;
  EXPECT_GT(first, 3u);
  EXPECT_LT(first, 10u);
}

}  // namespace
}  // namespace rvx::fuzz
