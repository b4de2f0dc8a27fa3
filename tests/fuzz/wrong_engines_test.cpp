// Engines with a mistake are found, and the case that shows it is made small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/fuzz/campaign.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {
namespace {

using testing::HasSubstr;

// Steps through the program and calls `spoil` after each instruction, with what it was.
class Spoiler final : public TestedEngine {
 public:
  using Spoil = std::function<void(Hart&, const isa::Insn&)>;
  Spoiler(Hart& hart, Spoil spoil)
      : steps_(make_stepper(
            hart,
            [this](Hart& h) { next_ = isa::decode(h.instruction_at(h.s.pc), h.config()); })),
        spoil_(std::move(spoil)) {}

  void run(Hart& hart, uint64_t until) noexcept override {
    do {
      const uint64_t before = hart.s.instret;
      steps_->run(hart, std::min(before + 1, until));
      if (hart.s.instret != before) spoil_(hart, next_);
    } while (hart.s.instret < until && (hart.s.attention & ~attention::kInterrupt) == 0);
  }

 private:
  isa::Insn next_;
  std::unique_ptr<TestedEngine> steps_;
  Spoil spoil_;
};

CampaignResult find(Spoiler::Spoil spoil) {
  const EngineChoice wrong{"wrong", "", [=](Hart& hart, PhysicalMemory&, const Case&) {
                             return std::make_unique<Spoiler>(hart, spoil);
                           }};
  CampaignPlan plan;
  plan.cases = 2000;
  plan.observed_share = 0;
  return run_campaign(plan, {*find_engine("interp"), wrong});
}

TEST(WrongEngine, WithOneBadBitInTheResultOfARareRowIsFoundAndShrunk) {
  const CampaignResult result = find([](Hart& hart, const isa::Insn& insn) {
    if (insn.row == isa::Op::xperm4 && insn.rd != 0) hart.s.x[insn.rd] ^= 1u << 17;
  });
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_THAT(result.failures[0].text, HasSubstr("xperm4"));
  EXPECT_THAT(result.failures[0].text,
              HasSubstr("rvx fuzz --engines interp,wrong --seed 1 --case "));
  EXPECT_LE(result.failures[0].nodes_after, 6u) << result.failures[0].text;
}

TEST(WrongEngine, ThatRaisesAFloatingPointFlagTooManyIsFound) {
  const CampaignResult result = find([](Hart& hart, const isa::Insn& insn) {
    if (insn.row == isa::Op::fcvt_w_d) hart.s.csr.fflags |= 1;
  });
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_THAT(result.failures[0].text, HasSubstr("fflags: 0x"));
}

TEST(WrongEngine, ThatForgetsToMarkFloatingPointStateDirtyIsFound) {
  const CampaignResult result = find([](Hart& hart, const isa::Insn& insn) {
    if (insn.row == isa::Op::c_fld) hart.s.csr.mstatus &= ~(uint64_t{1} << mstatus::kFsShift);
  });
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_THAT(result.failures[0].text, HasSubstr("mstatus: 0x"));
}

TEST(WrongEngine, ThatStoresAByteTooManyIsFound) {
  const CampaignResult result = find([](Hart& hart, const isa::Insn& insn) {
    uint64_t value = 0;
    if (insn.row == isa::Op::c_sh &&
        hart.port().load(hart.s.x[insn.rs1], 8, value) == MemStatus::kOk)
      static_cast<void>(hart.port().store(hart.s.x[insn.rs1], 8, value ^ uint64_t{1} << 63));
  });
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_THAT(result.failures[0].text, HasSubstr("memory at 0x"));
}

// Interrupts are due after the instruction that lets them in.
TEST(WrongEngine, ThatTakesInterruptsLateIsFound) {
  const EngineChoice late{
      "late", "", [](Hart& hart, PhysicalMemory&, const Case&) -> std::unique_ptr<TestedEngine> {
        struct Late final : TestedEngine {
          std::unique_ptr<TestedEngine> steps;
          void run(Hart& h, uint64_t until) noexcept override {
            do {
              const uint32_t interrupt = h.s.attention & attention::kInterrupt;
              h.s.attention &= ~interrupt;
              steps->run(h, std::min(h.s.instret + 1, until));
              h.s.attention |= interrupt;
            } while (h.s.instret < until && (h.s.attention & ~attention::kInterrupt) == 0);
          }
        };
        auto engine = std::make_unique<Late>();
        engine->steps = make_stepper(hart, nullptr);
        return engine;
      }};
  CampaignPlan plan;
  plan.cases = 2000;
  EXPECT_EQ(run_campaign(plan, {*find_engine("interp"), late}).failures.size(), 1u);
}

}  // namespace
}  // namespace rvx::fuzz
