// Counters of events that somebody else counts: values, modes, overflow, and how far a hart may run before a look.
#include "cpu/performance_monitor.hpp"

#include <gtest/gtest.h>

#include <map>

#include "cpu/hart.hpp"
#include "devices/bus.hpp"
#include "devices/ram.hpp"

namespace rvx {
namespace {

constexpr unsigned kMisses = 3, kOther = 10;  // counters
constexpr uint64_t kMissCode = 0x10019, kWalkCode = 0x8005;

class Source final : public EventCounts {
 public:
  uint64_t count(HpmEvent event) const noexcept override {
    const auto it = counts.find(event);
    return it == counts.end() ? 0 : it->second;
  }
  std::map<HpmEvent, uint64_t> counts;
};

class PerformanceMonitorTest : public testing::Test, public HartEnvironment {
 protected:
  PerformanceMonitorTest() {
    source_.counts = {{HpmEvent::kCycles, 500}, {HpmEvent::kDataTlbLoadMisses, 70}, {HpmEvent::kWalks, 9}};
    monitor_.set_event_counts(&source_);
  }

  uint64_t time(const Hart&) const noexcept override { return 0; }
  Call semihosting_call(Hart&) noexcept override { return Call::kNone; }
  void fetch_fence(Hart&) noexcept override {}

  void misses(uint64_t n) { source_.counts[HpmEvent::kDataTlbLoadMisses] += n; }
  void go_to(Priv priv) {
    hart_.s.priv = priv;
    monitor_.mode_changed(0);
  }
  bool is_pending() const { return (hart_.mip() & irq::kLCOFI) != 0; }

  Ram ram_{0x80000000, kPageSize * 16};
  Bus bus_;
  PhysicalMemory memory_{ram_, bus_};
  Hart hart_{0, isa::IsaConfig::all(), memory_, *this};
  PerformanceMonitor& monitor_ = hart_.monitor();
  Source source_;
};

TEST_F(PerformanceMonitorTest, ACounterShowsWhatItsEventHasGrownBy) {
  monitor_.select(kMisses, kMissCode);
  EXPECT_EQ(monitor_.read(kMisses), 0u);
  misses(5);
  EXPECT_EQ(monitor_.read(kMisses), 5u);
  monitor_.write(kMisses, 1000);
  misses(1);
  EXPECT_EQ(monitor_.read(kMisses), 1001u);
  monitor_.inhibit(1 << kMisses);
  misses(10);
  EXPECT_EQ(monitor_.read(kMisses), 1001u);
  monitor_.inhibit(0);
  misses(2);
  EXPECT_EQ(monitor_.read(kMisses), 1003u);
  monitor_.select(kMisses, kWalkCode);
  misses(10);
  EXPECT_EQ(monitor_.read(kMisses), 1003u);
  source_.counts[HpmEvent::kWalks] += 4;
  EXPECT_EQ(monitor_.read(kMisses), 1007u);
}

TEST_F(PerformanceMonitorTest, CountersGoOnWhenTheSourceChanges) {
  monitor_.write(0, 10'000);
  const uint64_t before = monitor_.read(0);
  source_.counts[HpmEvent::kCycles] += 50;
  EXPECT_EQ(monitor_.read(0), before + 50);
  monitor_.set_event_counts(nullptr);
  EXPECT_EQ(monitor_.read(0), before + 50);
  hart_.s.instret += 3;
  EXPECT_EQ(monitor_.read(0), before + 53);
}

TEST_F(PerformanceMonitorTest, CyclesOfASourceAreNotReadByGeneratedCode) {
  EXPECT_EQ(monitor_.running_by_instret() & (counter::kCycle | counter::kInstret), counter::kInstret);
  monitor_.set_event_counts(nullptr);
  EXPECT_EQ(monitor_.running_by_instret() & (counter::kCycle | counter::kInstret), counter::kCycle | counter::kInstret);
}

TEST_F(PerformanceMonitorTest, EventsOfFilteredModesAreNotCounted) {
  monitor_.select(kMisses, kMissCode | hpmevent::kSINH | hpmevent::kMINH);
  for (int round = 0; round < 3; ++round) {
    const uint64_t before = monitor_.read(kMisses);
    misses(100);
    go_to(Priv::kS);
    misses(200);
    EXPECT_EQ(monitor_.read(kMisses), before);
    go_to(Priv::kU);
    misses(3);
    EXPECT_EQ(monitor_.read(kMisses), before + 3);
    go_to(Priv::kM);
  }
}

TEST_F(PerformanceMonitorTest, AnOverflowIsFoundAtTheNextLookAndOnce) {
  monitor_.select(kMisses, kMissCode);
  monitor_.write(kMisses, -uint64_t{10});
  misses(9);
  monitor_.note_overflows();
  EXPECT_FALSE(is_pending());
  misses(4);
  monitor_.note_overflows();
  EXPECT_TRUE(is_pending());
  EXPECT_EQ(monitor_.overflowed(), uint64_t{1} << kMisses);
  EXPECT_EQ(monitor_.read(kMisses), 3u);
  hart_.s.csr.mip_software = 0;
  misses(100);
  monitor_.note_overflows();
  EXPECT_FALSE(is_pending());
}

TEST_F(PerformanceMonitorTest, AnOverflowBeforeACounterStopsIsNotLost) {
  for (const bool by_mode : {false, true}) {
    hart_.s.csr.mip_software = 0;
    go_to(Priv::kM);
    monitor_.select(kMisses, kMissCode | hpmevent::kUINH);
    monitor_.write(kMisses, -uint64_t{10});
    misses(12);
    if (by_mode) go_to(Priv::kU);
    else monitor_.inhibit(1 << kMisses);
    monitor_.note_overflows();
    EXPECT_TRUE(is_pending());
    EXPECT_EQ(monitor_.read(kMisses), 2u);
    monitor_.inhibit(0);
  }
}

TEST_F(PerformanceMonitorTest, RoomIsExactForInstructionsAndBoundedForModelledEvents) {
  EXPECT_EQ(monitor_.instruction_room(), PerformanceMonitor::kUnlimited);
  monitor_.select(kOther, 2);
  monitor_.write(kOther, -uint64_t{5000});  // by an instruction that is still to retire
  ++hart_.s.instret;
  EXPECT_EQ(monitor_.instruction_room(), 5000u);
  hart_.s.instret += 4999;
  monitor_.note_overflows();
  EXPECT_FALSE(is_pending());
  EXPECT_EQ(monitor_.instruction_room(), 1u);
  ++hart_.s.instret;
  monitor_.note_overflows();
  EXPECT_TRUE(is_pending());
  EXPECT_EQ(monitor_.instruction_room(), PerformanceMonitor::kUnlimited);

  monitor_.select(kMisses, kMissCode);
  monitor_.write(kMisses, -uint64_t{3});
  const uint64_t near = monitor_.instruction_room();
  EXPECT_GT(near, 0u);
  EXPECT_LE(near, 10'000u);
  monitor_.write(kMisses, -uint64_t{1'000'000'000});
  EXPECT_GT(monitor_.instruction_room(), near);
  monitor_.write(kMisses, 1);  // never
  EXPECT_EQ(monitor_.instruction_room(), PerformanceMonitor::kUnlimited);
}

TEST_F(PerformanceMonitorTest, EventsHaveCodesAndNamesOfTheirOwn) {
  std::map<uint32_t, int> codes;
  std::map<std::string_view, int> names;
  for (const HpmEventRow& row : kHpmEvents) {
    EXPECT_EQ(++codes[row.code], 1) << row.name;
    EXPECT_EQ(++names[row.name], 1) << row.name;
    EXPECT_EQ(hpm_event(row.code), row.event);
    EXPECT_LT(row.code, 0x20000u);  // the device tree's mask for raw events
  }
}

}  // namespace
}  // namespace rvx
