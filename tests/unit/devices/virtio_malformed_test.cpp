// Tests of malformed virtqueues: every mistake and any ring at all ends in a reset, not in harm.
#include "devices/virtio/queue.hpp"

#include <gtest/gtest.h>

#include "virtio_queue_fixture.hpp"

namespace rvx::test {
namespace {

struct VirtioMalformedTest : VirtioQueueFixture {
  // The ring makes the device need a reset for exactly this reason, and nothing is given back.
  void expect_failure(QueueError why) {
    notify();
    EXPECT_TRUE(driver.needs_reset());
    EXPECT_EQ(mmio.failure(), why) << describe(mmio.failure());
    EXPECT_FALSE(driver.take_used(0).has_value());
    EXPECT_TRUE(line);
  }
};

// --- Malformed set-up ---------------------------------------------------------------------------

struct BadSetup {
  const char* name;
  uint32_t size;
  uint64_t desc, avail, used;
  QueueError why;
};

struct VirtioMalformedSetupTest : VirtioMalformedTest, testing::WithParamInterface<BadSetup> {};

TEST_P(VirtioMalformedSetupTest, NeedsReset) {
  const BadSetup& bad = GetParam();
  ASSERT_TRUE(driver.negotiate(0));
  driver.place_queue(0, bad.size, bad.desc, bad.avail, bad.used);
  EXPECT_EQ(driver.get(kQueueReady), 0u);
  EXPECT_TRUE(driver.needs_reset());
  EXPECT_EQ(mmio.failure(), bad.why) << describe(mmio.failure());
  // A good queue afterwards does not bring it back to life.
  driver.add_queue(1, 8);
  driver.run();
  driver.add(1, {{kRam, 4, true}});
  driver.notify(1);
  EXPECT_FALSE(driver.take_used(1).has_value());
}

constexpr uint64_t kB = FakeDma::kBase;
INSTANTIATE_TEST_SUITE_P(
    Queue, VirtioMalformedSetupTest,
    testing::Values(
        BadSetup{"SizeZero", 0, kB, kB + 0x1000, kB + 0x2000, QueueError::kBadSize},
        BadSetup{"SizeNotAPowerOfTwo", 6, kB, kB + 0x1000, kB + 0x2000, QueueError::kBadSize},
        BadSetup{"SizeAboveTheMaximum", 16, kB, kB + 0x1000, kB + 0x2000, QueueError::kBadSize},
        BadSetup{"SizeHuge", 0x80000000, kB, kB + 0x1000, kB + 0x2000, QueueError::kBadSize},
        BadSetup{"DescriptorsMisaligned", 8, kB + 8, kB + 0x1000, kB + 0x2000,
                 QueueError::kMisalignedRing},
        BadSetup{"AvailableMisaligned", 8, kB, kB + 0x1001, kB + 0x2000,
                 QueueError::kMisalignedRing},
        BadSetup{"UsedMisaligned", 8, kB, kB + 0x1000, kB + 0x2002, QueueError::kMisalignedRing},
        BadSetup{"DescriptorsBelowRam", 8, 0x1000, kB + 0x1000, kB + 0x2000,
                 QueueError::kRingOutsideRam},
        BadSetup{"DescriptorsLeaveRam", 8, kEnd - 112, kB, kB + 0x1000,
                 QueueError::kRingOutsideRam},
        BadSetup{"AvailableLeavesRam", 8, kB, kEnd - 20, kB + 0x1000, QueueError::kRingOutsideRam},
        BadSetup{"UsedLeavesRam", 8, kB, kB + 0x1000, kEnd - 68, QueueError::kRingOutsideRam},
        BadSetup{"AddressWraps", 8, ~uint64_t{15}, kB, kB + 0x1000, QueueError::kRingOutsideRam}),
    [](const auto& parameters) { return parameters.param.name; });

TEST_F(VirtioMalformedTest, RingsMayEndWithRam) {
  ASSERT_TRUE(driver.negotiate(0));
  driver.place_queue(0, 8, kEnd - 128, kB, kB + 0x1000);
  EXPECT_EQ(driver.get(kQueueReady), 1u);
  driver.place_queue(1, 8, kB, kEnd - 22, kEnd - 72 - 24);
  EXPECT_EQ(driver.get(kQueueReady), 1u);
}

// --- Malformed rings ----------------------------------------------------------------------------

TEST_F(VirtioMalformedTest, AvailableIndexBeyondTheQueueNeedsReset) {
  start();
  driver.add(0, {{kRam, 4, true}});
  dma.put<uint16_t>(driver.ring(0).avail + 2, 9);
  expect_failure(QueueError::kAvailableIndexJump);
}

TEST_F(VirtioMalformedTest, AvailableIndexThatGoesBackNeedsReset) {
  start();
  driver.add(0, {{kRam, 4, true}});
  notify();
  ASSERT_TRUE(driver.take_used(0).has_value());
  dma.put<uint16_t>(driver.ring(0).avail + 2, 0);
  expect_failure(QueueError::kAvailableIndexJump);
}

TEST_F(VirtioMalformedTest, MoreBuffersThanTheQueueHoldsNeedsReset) {
  start();
  device.keeps = true;
  for (int i = 0; i < 8; ++i) driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_FALSE(driver.needs_reset());
  driver.add(0, {{kRam, 4, true}});
  expect_failure(QueueError::kTooManyInFlight);
}

TEST_F(VirtioMalformedTest, HeadBeyondTheTableNeedsReset) {
  start();
  driver.expose(0, 8);
  expect_failure(QueueError::kHeadOutOfRange);
}

TEST_F(VirtioMalformedTest, NextBeyondTheTableNeedsReset) {
  start();
  driver.put_desc(0, 0, {kRam, 4, kNext, 8});
  driver.expose(0, 0);
  expect_failure(QueueError::kNextOutOfRange);
}

TEST_F(VirtioMalformedTest, DescriptorThatFollowsItselfNeedsReset) {
  start();
  driver.put_desc(0, 3, {kRam, 4, kNext, 3});
  driver.expose(0, 3);
  expect_failure(QueueError::kChainTooLong);
}

TEST_F(VirtioMalformedTest, LoopOfTwoEmptyDescriptorsNeedsReset) {
  start();
  driver.put_desc(0, 0, {kRam, 0, kNext, 1});
  driver.put_desc(0, 1, {kRam, 0, kNext, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kChainTooLong);
}

TEST_F(VirtioMalformedTest, BufferOutsideRamNeedsReset) {
  for (const auto& [address, length] :
       std::initializer_list<std::pair<uint64_t, uint32_t>>{{0, 4},
                                                            {kB - 1, 1},
                                                            {kB - 4, 8},
                                                            {kEnd, 1},
                                                            {kEnd - 4, 5},
                                                            {kB, 0xffffffff},
                                                            {~uint64_t{0}, 2},
                                                            {~uint64_t{0} - 0xfff, 0x1000},
                                                            {kRam | uint64_t{1} << 63, 4}}) {
    for (const bool is_writable : {false, true}) {
      start();
      driver.add(0, {{address, length, is_writable}});
      expect_failure(QueueError::kBufferOutsideRam);
    }
  }
}

TEST_F(VirtioMalformedTest, SecondBufferOutsideRamNeedsResetBeforeTheFirstIsUsed) {
  start();
  driver.add(0, {{kRam, 4, true}, {kEnd, 4, true}});
  expect_failure(QueueError::kBufferOutsideRam);
  EXPECT_EQ(dma.get<uint32_t>(kRam), 0u);
}

TEST_F(VirtioMalformedTest, ReadableAfterWritableNeedsReset) {
  start();
  driver.add(0, {{kRam, 4, true}, {kRam + 16, 4, false}});
  expect_failure(QueueError::kReadableAfterWritable);
}

TEST_F(VirtioMalformedTest, IndirectWithoutTheFeatureNeedsReset) {
  start();
  dma.put(kRam, Desc{kRam + 0x100, 4, 0, 0});
  driver.put_desc(0, 0, {kRam, 16, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kIndirectNotNegotiated);
}

TEST_F(VirtioMalformedTest, IndirectWithNextNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x100, 4, 0, 0});
  driver.put_desc(0, 0, {kRam, 16, kIndirect | kNext, 1});
  driver.expose(0, 0);
  expect_failure(QueueError::kIndirectWithNext);
}

TEST_F(VirtioMalformedTest, NestedIndirectTableNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam, 16, kIndirect, 0});
  driver.put_desc(0, 0, {kRam, 16, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kIndirectNested);
}

TEST_F(VirtioMalformedTest, IndirectTableOfARaggedSizeNeedsReset) {
  for (const uint32_t length : {0u, 1u, 15u, 17u, 0xffffffffu}) {
    start(kVirtioFIndirectDesc);
    driver.put_desc(0, 0, {kRam, length, kIndirect, 0});
    driver.expose(0, 0);
    expect_failure(QueueError::kBadIndirectTable);
  }
}

TEST_F(VirtioMalformedTest, IndirectTableOutsideRamNeedsReset) {
  for (const uint64_t address : {uint64_t{0}, kEnd - 16, ~uint64_t{15}}) {
    start(kVirtioFIndirectDesc);
    driver.put_desc(0, 0, {address, 32, kIndirect, 0});
    driver.expose(0, 0);
    expect_failure(QueueError::kBadIndirectTable);
  }
}

TEST_F(VirtioMalformedTest, NextBeyondTheIndirectTableNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x100, 4, kNext, 2});  // 2 would exist in the ring's own table
  driver.put_desc(0, 0, {kRam, 32, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kNextOutOfRange);
}

TEST_F(VirtioMalformedTest, LoopInTheIndirectTableNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x100, 4, kNext, 1});
  dma.put(kRam + 16, Desc{kRam + 0x100, 4, kNext, 0});
  driver.put_desc(0, 0, {kRam, 32, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kChainTooLong);
}

TEST_F(VirtioMalformedTest, IndirectChainLongerThanTheOfferedQueueNeedsReset) {
  start(kVirtioFIndirectDesc);
  for (uint16_t i = 0; i < 9; ++i) {
    dma.put(kRam + 16u * i, Desc{kRam + 0x200, 1, static_cast<uint16_t>(i < 8 ? kNext : 0),
                                 static_cast<uint16_t>(i + 1)});
  }
  driver.put_desc(0, 0, {kRam, 9 * 16, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kChainTooLong);
}

// A chain of more than 2^32 bytes needs RAM for it to lie in: one that says yes to everything.
TEST(VirtioMalformedLengthTest, ChainOfMoreThan4GiBNeedsReset) {
  struct EndlessDma final : DmaPort {
    FakeDma real;
    uint8_t* map(uint64_t address, uint64_t length, bool will_write) noexcept override {
      // Buffers are only looked at, never touched, before the chain is refused.
      return length > 0x100000 ? real.at(FakeDma::kBase) : real.map(address, length, will_write);
    }
  } dma;
  Virtqueue queue(dma, 8);
  queue.set_descriptor_area(false, 0x80000000);
  queue.set_driver_area(false, 0x80001000);
  queue.set_device_area(false, 0x80002000);
  ASSERT_EQ(queue.enable(), QueueError::kNone);
  Chain chain;
  const auto put = [&](uint16_t slot, uint32_t length, bool last) {
    dma.real.put(FakeDma::kBase + 16u * slot,
                 Desc{kRam, length, static_cast<uint16_t>(last ? 0 : kNext),
                      static_cast<uint16_t>(slot + 1)});
  };
  put(0, 0xffffffff, false);
  put(1, 1, true);
  EXPECT_EQ(queue.read_chain(0, chain), QueueError::kNone);
  EXPECT_EQ(chain.readable_bytes, uint64_t{1} << 32);
  put(1, 2, true);
  EXPECT_EQ(queue.read_chain(0, chain), QueueError::kChainTooManyBytes);
}

// --- Any ring at all ----------------------------------------------------------------------------

uint64_t next_random(uint64_t& state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// Random rings, biased towards almost right ones: whatever comes, a call ends, nothing is written
// that was not announced (or, with the sanitizers, read outside RAM), and a reset makes the device
// work.
TEST_F(VirtioMalformedTest, RandomRingsNeverDoHarm) {
  uint64_t state = 0x9e3779b97f4a7c15;
  int failures = 0;
  int completions = 0;
  for (int round = 0; round < 3000; ++round) {
    const uint64_t features = next_random(state) & (kVirtioFIndirectDesc | kVirtioFEventIdx);
    device.keeps = next_random(state) % 16 == 0;
    device.chains.clear();
    device.data.clear();
    start(features);
    const auto random_desc = [&](uint32_t entries) {
      Desc desc{};
      desc.address = kRam + next_random(state) % 0x1000;
      desc.length = static_cast<uint32_t>(next_random(state) % 0x100);
      desc.flags = static_cast<uint16_t>(next_random(state) % 4);
      desc.next = static_cast<uint16_t>(next_random(state) % entries);
      if (next_random(state) % 16 == 0) desc.flags = kIndirect;
      if (desc.flags == kIndirect) desc.length &= ~15u;
      switch (next_random(state) % 64) {
        case 0: desc.address = next_random(state); break;
        case 1: desc.length = static_cast<uint32_t>(next_random(state)); break;
        case 2: desc.flags = static_cast<uint16_t>(next_random(state)); break;
        case 3: desc.next = static_cast<uint16_t>(next_random(state)); break;
        case 4: desc.address = kEnd - next_random(state) % 0x100; break;
        case 5: desc.address = driver.ring(0).used; break;  // the device's own ring as a buffer
        default: break;
      }
      return desc;
    };
    for (uint16_t slot = 0; slot < 8; ++slot) driver.put_desc(0, slot, random_desc(8));
    for (uint16_t i = 0; i < 0x100; ++i) dma.put(kRam + 16u * i, random_desc(16));
    for (int step = 0; step < 4; ++step) {
      const uint64_t count = next_random(state) % 4;
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t head = next_random(state);
        driver.expose(0, static_cast<uint16_t>(head % 64 == 0 ? head >> 8 : head % 8));
      }
      if (next_random(state) % 64 == 0) {
        dma.put(driver.ring(0).avail + 2, static_cast<uint16_t>(next_random(state)));
      }
      driver.notify(0);
    }
    completions += static_cast<int>(device.chains.size());
    failures += driver.needs_reset() ? 1 : 0;
    ASSERT_EQ(driver.needs_reset(), mmio.failure() != QueueError::kNone);
  }
  // The generator reaches both ends.
  EXPECT_GT(failures, 300);
  EXPECT_GT(completions, 300);

  device.keeps = false;
  start();
  driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_TRUE(driver.take_used(0).has_value());
}

}  // namespace
}  // namespace rvx::test
