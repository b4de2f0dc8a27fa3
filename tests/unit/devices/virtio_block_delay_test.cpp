// Tests of virtio-blk with a latency: deadlines, order, resets in between, snapshots.
#include "devices/virtio/block.hpp"

#include <gtest/gtest.h>

#include "virtio_block_fixture.hpp"

namespace rvx::test {
namespace {

constexpr uint64_t kLatency = 1000;
struct VirtioBlockDelayTest : BlockFixture {
  VirtioBlockDelayTest() : BlockFixture(false, kLatency) {}
};

// --- Time ---------------------------------------------------------------------------------------

TEST_F(VirtioBlockDelayTest, RequestCompletesAtItsDeadlineAndNotBefore) {
  start();
  clock.advance_to(500);
  submit(kIn, 5, 512);
  EXPECT_FALSE(driver.take_used(0).has_value());
  clock.advance_to(500 + kLatency - 1);
  EXPECT_FALSE(driver.take_used(0).has_value());
  EXPECT_EQ(dma.get<uint8_t>(kData), 0);
  EXPECT_FALSE(line);
  clock.advance_to(500 + kLatency);
  EXPECT_TRUE(driver.take_used(0).has_value());
  EXPECT_EQ(dma.get<uint8_t>(kData), 5);
  EXPECT_TRUE(line);
}

TEST_F(VirtioBlockDelayTest, RequestsCompleteInTheirOrderEachAtItsTime) {
  start();
  std::vector<uint16_t> heads;
  for (uint64_t i = 0; i < 3; ++i) {
    clock.advance_to(i * 100);
    const uint64_t at = kHeader + 0x20 * i;
    put_header(kIn, i + 1, at);
    heads.push_back(driver.add(0, {{at, 16, false}, {kData + 512 * i, 512, true}}));
    // Data and status share the last descriptor's place: one byte more.
    dma.put<uint32_t>(driver.ring(0).desc + 16u * ((heads.back() + 1u) % 8) + 8, 513);
    driver.notify(0);
  }
  for (uint64_t i = 0; i < 3; ++i) {
    clock.advance_to(i * 100 + kLatency - 1);
    EXPECT_FALSE(driver.take_used(0).has_value()) << i;
    clock.advance_to(i * 100 + kLatency);
    EXPECT_EQ(driver.take_used(0), (Used{heads[i], 513})) << i;
  }
}

TEST_F(VirtioBlockDelayTest, ResetDropsWhatWasInFlight) {
  start();
  submit(kIn, 5, 512);
  clock.advance_to(kLatency / 2);
  start();
  clock.advance_to(10 * kLatency);
  EXPECT_FALSE(driver.take_used(0).has_value());
  EXPECT_EQ(dma.get<uint8_t>(kData), 0);
  // A request of the new life is not hurried or held up by the old one.
  submit(kIn, 6, 512);
  clock.advance_to(11 * kLatency - 1);
  EXPECT_FALSE(driver.take_used(0).has_value());
  clock.advance_to(11 * kLatency);
  EXPECT_TRUE(driver.take_used(0).has_value());
}

TEST_F(VirtioBlockDelayTest, RequestOfANewLifeBeforeTheOldDeadlineKeepsItsOwn) {
  start();
  submit(kIn, 5, 512);
  clock.advance_to(kLatency / 2);
  start();
  submit(kIn, 6, 512);
  clock.advance_to(kLatency);
  EXPECT_FALSE(driver.take_used(0).has_value());
  clock.advance_to(kLatency / 2 + kLatency);
  EXPECT_TRUE(driver.take_used(0).has_value());
  EXPECT_EQ(dma.get<uint8_t>(kData), 6);
}

TEST_F(VirtioBlockDelayTest, StoppingTheQueueDropsWhatWasInFlight) {
  start();
  submit(kIn, 5, 512);
  driver.set(kQueueSel, 0);
  driver.set(kQueueReady, 0);
  driver.add_queue(0, 8);
  clock.advance_to(2 * kLatency);
  EXPECT_FALSE(driver.take_used(0).has_value());
  EXPECT_FALSE(driver.needs_reset()) << "nothing of the new ring was taken for the old one";
  EXPECT_EQ(dma.get<uint8_t>(kData), 0);
}

TEST_F(VirtioBlockDelayTest, ChainThatWasRuinedInFlightNeedsReset) {
  start();
  submit(kIn, 5, 512);
  driver.put_desc(0, 1, {0, 512, kWrite | kNext, 2});
  clock.advance_to(kLatency);
  EXPECT_TRUE(driver.needs_reset());
  EXPECT_EQ(mmio.failure(), QueueError::kBufferOutsideRam);
}

TEST_F(VirtioBlockDelayTest, DeviceMayGoBeforeItsDeadline) {
  {
    VirtioBlock other(dma, clock, std::make_unique<MemoryDisk>(false), {.latency_ns = kLatency});
    VirtioMmio other_mmio(&other, IrqLine());
    Driver other_driver(other_mmio, dma);
    ASSERT_TRUE(other_driver.start({8}));
    put_header(kIn, 0);
    other_driver.add(0, {{kHeader, 16, false}, {kStatusByte, 1, true}});
    other_driver.notify(0);
    EXPECT_EQ(clock.actions.size(), 1u);
  }
  clock.advance_to(2 * kLatency);
}

TEST_F(VirtioBlockDelayTest, RequestInFlightSurvivesSaveAndLoad) {
  start();
  submit(kIn, 5, 512);
  clock.advance_to(kLatency / 2);
  const State state = save(mmio, block);

  fake::ManualClock other_clock;
  VirtioBlock other(dma, other_clock, std::make_unique<MemoryDisk>(false),
                    {.latency_ns = kLatency});
  VirtioMmio other_mmio(&other, IrqLine());
  other_clock.advance_to(kLatency / 2);
  load(state, other_mmio, other);
  EXPECT_TRUE(other_mmio.restored());
  EXPECT_EQ(save(other_mmio, other), state);
  other_clock.advance_to(kLatency - 1);
  EXPECT_FALSE(driver.take_used(0).has_value());
  other_clock.advance_to(kLatency);
  EXPECT_TRUE(driver.take_used(0).has_value());
  EXPECT_EQ(dma.get<uint8_t>(kData), 5);
}

TEST_F(VirtioBlockDelayTest, LoadedNonsenseIsSwitchedOff) {
  start();
  submit(kIn, 5, 512);
  State state = save(mmio, block);
  state["waiting_deadlines"].clear();
  load(state, mmio, block);
  EXPECT_FALSE(mmio.restored());
  clock.advance_to(2 * kLatency);
  EXPECT_FALSE(driver.take_used(0).has_value());
}

}  // namespace
}  // namespace rvx::test
