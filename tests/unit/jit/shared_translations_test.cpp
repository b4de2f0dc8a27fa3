// What one hart has compiled serves the others: found by page, entry and bytes, bounded, copied, and right there.
#include "jit/shared_translations.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <thread>

#include "cpu/interpreter.hpp"
#include "jit/translator.hpp"
#include "devices/bus.hpp"
#include "tests/unit/jit/guest_code.hpp"

namespace rvx::jit {
namespace {

constexpr uint64_t kPage = 0x8000'0000;  // as in GuestCode
constexpr size_t kEnough = size_t{1} << 20;

// A function with a call in its middle, after which it can be entered.
GuestCode code_at(unsigned head, unsigned instructions = 4) {
  GuestCode code;
  code.at(head);
  for (unsigned i = 0; i < instructions; ++i) code.addi(5, 5, 1);
  code.put(isa::Op::jal, 1, 0, 0, 0x400);
  code.put(isa::Op::ld, 6, 5, 0, 8);
  return code.ret();
}

CompileJob job_for(const GuestCode& code, uint16_t head, Kind kind = Kind::kTlb, std::vector<uint16_t> apart = {}) {
  CompileJob job;
  job.region = code.find(head);
  job.va = kPage + head;
  job.kind = kind;
  job.apart = std::move(apart);
  return job;
}

std::shared_ptr<const CompiledRegion> add(SharedTranslations& shared, const GuestCode& code, uint16_t head, Kind kind = Kind::kTlb,
                                          std::vector<uint16_t> apart = {}) {
  CompileJob job = job_for(code, head, kind, std::move(apart));
  compile(job);
  shared.add(job.result);
  return job.result;
}

TEST(JitSharedTranslations, AreFoundByPageKindAndEntry) {
  SharedTranslations shared(kEnough);
  const GuestCode code = code_at(64);
  const auto made = add(shared, code, 64);
  const uint8_t* page = code.bytes().data();
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64, {}, page), made);
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64 + 5 * 4, {}, page), made);  // the place behind the call
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64 + 4, {}, page), nullptr);
  EXPECT_EQ(shared.find(kPage, Kind::kLowerWindow, 64, {}, page), nullptr);
  EXPECT_EQ(shared.find(kPage + kPageSize, Kind::kTlb, 64, {}, page), nullptr);
}

TEST(JitSharedTranslations, OfAChangedPageAreNotFound) {
  SharedTranslations shared(kEnough);
  GuestCode code = code_at(64);
  const auto made = add(shared, code, 64);
  code.at(0).addi(1, 1, 1);  // beside the region
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64, {}, code.bytes().data()), made);
  code.at(64 + 6 * 4).addi(0, 0, 0);  // its last instruction
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64, {}, code.bytes().data()), nullptr);
}

TEST(JitSharedTranslations, CheckApartWhatTheTakerWantsApart) {
  SharedTranslations shared(kEnough);
  const GuestCode code = code_at(64);
  static_cast<void>(add(shared, code, 64, Kind::kTlb, {84, 100}));
  const uint8_t* page = code.bytes().data();
  EXPECT_NE(shared.find(kPage, Kind::kTlb, 64, {}, page), nullptr);
  EXPECT_NE(shared.find(kPage, Kind::kTlb, 64, {100}, page), nullptr);
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64, {100, 104}, page), nullptr);
}

TEST(JitSharedTranslations, TheLastOfAHeadAndTheOneFoundFromThereAreTaken) {
  SharedTranslations shared(kEnough);
  const GuestCode code = code_at(64);
  static_cast<void>(add(shared, code, 64));
  const auto last = add(shared, code, 64);
  const uint8_t* page = code.bytes().data();
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64, {}, page), last);
  const auto behind = add(shared, code, 64 + 5 * 4);
  EXPECT_EQ(shared.find(kPage, Kind::kTlb, 64 + 5 * 4, {}, page), behind);
}

TEST(JitSharedTranslations, TakeNoMoreThanTheirRoomAndTheOldestGo) {
  constexpr size_t kRoom = 20'000;
  SharedTranslations shared(kRoom);
  constexpr uint16_t kHeads = 40, kApart = 64;
  for (uint16_t i = 0; i < kHeads; ++i) {
    static_cast<void>(add(shared, code_at(i * kApart), i * kApart));
    EXPECT_LE(shared.bytes(), kRoom);
  }
  EXPECT_GT(shared.bytes(), kRoom / 2);
  const auto is_there = [&](uint16_t i) { return shared.find(kPage, Kind::kTlb, i * kApart, {}, code_at(i * kApart).bytes().data()) != nullptr; };
  EXPECT_FALSE(is_there(0));
  EXPECT_TRUE(is_there(kHeads - 1));
  static_cast<void>(add(shared, code_at(0, 350), 0));  // alone it is more than that
  EXPECT_LE(shared.bytes(), kRoom);
  SharedTranslations none(0);
  static_cast<void>(add(none, code_at(0), 0));
  EXPECT_EQ(none.find(kPage, Kind::kTlb, 0, {}, code_at(0).bytes().data()), nullptr);
}

TEST(JitSharedTranslations, ManyThreadsFindAndAdd) {
  SharedTranslations shared(30'000);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&shared] {
      for (unsigned i = 0; i < 200; ++i) {
        const auto head = static_cast<uint16_t>(64 * (i % 30));
        const GuestCode code = code_at(head);
        CompileJob job = job_for(code, head);
        shared.take_or_compile(job, code.bytes().data());
        EXPECT_EQ(job.result->insns.front().offset, head);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(shared.bytes(), 30'000u);
}

// Two harts, in turns.
class JitSharedByHarts : public testing::Test, public HartEnvironment {
 protected:
  static constexpr uint64_t kData = kPage + 16 * kPageSize, kResult = kPage + 8 * kPageSize;
  static constexpr unsigned kRounds = 400, kStride = 512;

  struct Engine {
    Engine(JitSharedByHarts& test, unsigned id)
        : hart(id, isa::IsaConfig::all(), test.memory_, test), code(hart, test.safe_points_, size_t{1} << 20),
          translator(test.memory_, {.code_bytes = kEnough}, test.workshop_, id), interpreter(code, &translator) {
      code.attach(translator);
    }
    Hart hart;
    CodeCache code;
    Translator translator;
    Interpreter interpreter;
  };

  // Sums up words of many pages, and adds one each time where a5 says so, by code that stands elsewhere.
  void SetUp() override {
    ASSERT_TRUE(ram_.is_valid());
    using isa::Op;
    GuestCode code;
    code.put(Op::ld, 12, 11, 0, 0).addi(11, 11, kStride).put(Op::bne, 0, 15, 0, kElsewhere - 8);
    code.put(Op::add, 10, 10, 12).addi(13, 13, -1).put(Op::bne, 0, 13, 0, -20);
    code.put(Op::sd, 0, 14, 10, 0).put(Op::jal, 0, 0, 0, 0);
    code.at(kElsewhere).addi(10, 10, 1).put(Op::jal, 0, 0, 0, 12 - (kElsewhere + 4));
    std::memcpy(ram_.at(kPage), code.bytes().data(), kPageSize);
    for (uint64_t i = 0; i < 2 * kRounds; ++i) std::memcpy(ram_.at(kData + i * kStride), &i, sizeof i);
    for (unsigned id = 0; id < 2; ++id) engines_[id].emplace(*this, id);
  }
  // The sum of what stands from word `first` on.
  uint64_t run(unsigned id, uint64_t first, bool adds_one) {
    Hart& hart = engines_[id]->hart;
    hart.reset(kPage);
    hart.s.x[11] = kData + first * kStride;
    hart.s.x[13] = kRounds;
    hart.s.x[14] = kResult + 8 * id;
    hart.s.x[15] = adds_one;
    engines_[id]->interpreter.run(hart, hart.s.instret + 10 * kRounds);
    uint64_t sum = 0;
    std::memcpy(&sum, ram_.at(kResult + 8 * id), sizeof sum);
    EXPECT_EQ(hart.s.pc, kPage + 0x1c);
    return sum;
  }
  static uint64_t sum_of(uint64_t first) { return first * kRounds + kRounds * (kRounds - 1) / 2; }
  const Translator::Counters& counters(unsigned id) const { return engines_[id]->translator.counters(); }

  uint64_t time(const Hart&) const noexcept override { return 0; }
  Call semihosting_call(Hart&) noexcept override { return Call::kNone; }
  void fetch_fence(Hart&) noexcept override {}

  static constexpr int kElsewhere = 0x100;
  Bus bus_;
  Ram ram_{kPage, 512 * kPageSize};
  PhysicalMemory memory_{ram_, bus_};
  SafePoints safe_points_{2, [this](unsigned hart, const HartMail& mail) {
                            if (mail.kind == HartMail::Kind::kCodeChanged) engines_[hart]->code.drop_page(mail.page);
                            else engines_[hart]->hart.port().drop_write_entries(mail.page);
                          }};
  Workshop workshop_{2, kEnough};
  std::array<std::optional<Engine>, 2> engines_;
};

TEST_F(JitSharedByHarts, TheSecondTakesWhatTheFirstCompiled) {
  EXPECT_EQ(run(0, 0, false), sum_of(0));
  EXPECT_GT(counters(0).regions, 0u);
  EXPECT_EQ(counters(0).shared_regions, 0u);
  // What the copies name is their own.
  engines_[0].reset();
  EXPECT_EQ(run(1, kRounds, false), sum_of(kRounds));
  EXPECT_GT(counters(1).regions, 0u);
  EXPECT_EQ(counters(1).shared_regions, counters(1).regions);
}

TEST_F(JitSharedByHarts, ExceptionsInATakenRegionAreExact) {
  EXPECT_EQ(run(0, 0, false), sum_of(0));
  engines_[0].reset();
  constexpr uint64_t kLoads = 100;
  Hart& hart = engines_[1]->hart;
  hart.reset(kPage);
  hart.s.csr.mtvec = kPage + 0x1c;
  hart.s.x[11] = kPage + ram_.size() - kLoads * kStride;
  hart.s.x[13] = kRounds;
  engines_[1]->interpreter.run(hart, 10 * kRounds);
  EXPECT_GT(counters(1).shared_regions, 0u);
  EXPECT_EQ(hart.s.csr.mepc, kPage);
  EXPECT_EQ(hart.s.x[11], kPage + ram_.size());
  EXPECT_EQ(hart.s.x[13], kRounds - kLoads);
}

TEST_F(JitSharedByHarts, WaysThatTheFirstNeverWentAreRight) {
  EXPECT_EQ(run(0, 0, true), sum_of(0) + kRounds);
  EXPECT_EQ(run(1, kRounds, false), sum_of(kRounds));
  EXPECT_GT(counters(1).shared_regions, 0u);
}

TEST_F(JitSharedByHarts, StoresToWhatTheTakerHasNeverRunAreSeen) {
  EXPECT_EQ(run(0, 0, true), sum_of(0) + kRounds);
  engines_[0]->code.drop_page(kPage);  // none of its lines is watched any more
  constexpr uint64_t kLine = uint64_t{1} << (kElsewhere >> 6);
  EXPECT_EQ(memory_.code_lines(kPage).load() & kLine, 0u);
  EXPECT_EQ(run(1, 0, false), sum_of(0));
  EXPECT_GT(counters(1).shared_regions, 0u);
  EXPECT_NE(memory_.code_lines(kPage).load() & kLine, 0u);
  engines_[1]->code.drop_page(kPage);
  EXPECT_EQ(counters(1).dropped_regions, 1u);
}

TEST_F(JitSharedByHarts, AChangedPageGetsCodeOfItsOwn) {
  EXPECT_EQ(run(0, 0, false), sum_of(0));
  GuestCode twice;
  twice.at(4).addi(11, 11, 2 * kStride);
  std::memcpy(ram_.at(kPage + 4), twice.bytes().data() + 4, 4);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < kRounds; ++i) sum += 2 * i;
  EXPECT_EQ(run(1, 0, false), sum);
  EXPECT_LT(counters(1).shared_regions, counters(1).regions);  // the loop is its own
}

}  // namespace
}  // namespace rvx::jit
