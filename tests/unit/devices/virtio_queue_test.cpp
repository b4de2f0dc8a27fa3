// Tests of split virtqueues: chains, notification suppression, and every malformed ring.
#include "devices/virtio/queue.hpp"

#include <gtest/gtest.h>

#include "virtio_driver.hpp"

namespace rvx::test {
namespace {

constexpr uint64_t kRam = Driver::kFreeRam;
constexpr uint64_t kEnd = FakeDma::kBase + (1 << 20);

struct VirtioQueueTest : testing::Test {
  FakeDma dma;
  RecordingDevice device{dma};
  bool line = false;
  VirtioMmio mmio{&device, IrqLine([this](bool level) { line = level; })};
  Driver driver{mmio, dma};

  void start(uint64_t features = 0) { ASSERT_TRUE(driver.start({8, 8}, features)); }
  void notify() {
    dma.watch();
    driver.notify(0);
    EXPECT_EQ(dma.unannounced_change(), std::nullopt);
  }
  // The ring makes the device need a reset for exactly this reason, and nothing is given back.
  void expect_failure(QueueError why) {
    notify();
    EXPECT_TRUE(driver.needs_reset());
    EXPECT_EQ(mmio.failure(), why) << describe(mmio.failure());
    EXPECT_FALSE(driver.take_used(0).has_value());
    EXPECT_TRUE(line);
  }
};

// --- What works ---------------------------------------------------------------------------------

TEST_F(VirtioQueueTest, ChainIsReadInOrderAndGivenBackWithItsLength) {
  start();
  std::memcpy(dma.at(kRam), "abcdef", 6);
  const uint16_t head = driver.add(
      0, {{kRam + 3, 3, false}, {kRam, 2, false}, {kRam + 64, 5, true}, {kRam + 80, 1, true}});
  notify();
  ASSERT_EQ(device.data.size(), 1u);
  EXPECT_EQ(std::string(device.data[0].begin(), device.data[0].end()), "defab");
  EXPECT_EQ(driver.take_used(0), (Used{head, 6}));
  EXPECT_EQ(dma.get<uint8_t>(kRam + 68), 0xa5);
  EXPECT_EQ(dma.get<uint8_t>(kRam + 69), 0);
  EXPECT_EQ(dma.get<uint8_t>(kRam + 80), 0xa5);
}

TEST_F(VirtioQueueTest, AllAvailableChainsAreTakenAtOneNotification) {
  start();
  for (int i = 0; i < 8; ++i) driver.add(0, {{kRam + 16u * static_cast<unsigned>(i), 16, true}});
  notify();
  for (uint32_t i = 0; i < 8; ++i) EXPECT_EQ(driver.take_used(0), (Used{i, 16}));
}

TEST_F(VirtioQueueTest, IndicesWrapAt65536) {
  start();
  for (int i = 0; i < 70000; ++i) {
    driver.add(0, {{kRam, 4, true}});
    driver.notify(0);
    ASSERT_EQ(driver.take_used(0), (Used{static_cast<uint32_t>(i % 8), 4})) << i;
    device.chains.clear();
    device.data.clear();
  }
}

TEST_F(VirtioQueueTest, SpuriousNotificationsAreHarmless) {
  start();
  for (int i = 0; i < 3; ++i) notify();
  EXPECT_FALSE(driver.needs_reset());
  EXPECT_FALSE(line);
}

TEST_F(VirtioQueueTest, EmptyDescriptorsAreSkippedWhateverTheirAddress) {
  start();
  driver.add(0, {{0, 0, false}, {kRam, 4, true}, {0x1234, 0, false}});
  notify();
  EXPECT_EQ(driver.take_used(0), (Used{0, 4}));
}

TEST_F(VirtioQueueTest, ChainAsLongAsTheQueueIsAccepted) {
  start();
  std::vector<Buffer> buffers(8, Buffer{kRam, 1, true});
  driver.add(0, buffers);
  notify();
  EXPECT_EQ(driver.take_used(0), (Used{0, 8}));
}

TEST_F(VirtioQueueTest, BufferMayEndWithRam) {
  start();
  driver.add(0, {{kEnd - 4, 4, true}});
  notify();
  EXPECT_EQ(driver.take_used(0), (Used{0, 4}));
}

TEST_F(VirtioQueueTest, IndirectTableReplacesItsDescriptor) {
  start(kVirtioFIndirectDesc);
  std::memcpy(dma.at(kRam + 0x100), "xyz", 3);
  dma.put(kRam, Desc{kRam + 0x100, 3, kNext, 2});
  dma.put(kRam + 32, Desc{kRam + 0x200, 7, kWrite, 0});
  // The write flag of the descriptor that refers to the table must be ignored.
  driver.put_desc(0, 5, {kRam, 48, kIndirect | kWrite, 0});
  driver.expose(0, 5);
  notify();
  EXPECT_EQ(driver.take_used(0), (Used{5, 7}));
  EXPECT_EQ(device.data[0].size(), 3u);
}

TEST_F(VirtioQueueTest, IndirectTableMayFollowDirectDescriptors) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x200, 7, kWrite, 0});
  driver.put_desc(0, 0, {kRam + 0x100, 2, kNext, 1});
  driver.put_desc(0, 1, {kRam, 16, kIndirect, 0});
  driver.expose(0, 0);
  notify();
  EXPECT_EQ(driver.take_used(0), (Used{0, 7}));
  EXPECT_EQ(device.data[0].size(), 2u);
}

TEST_F(VirtioQueueTest, IndirectChainMayBeAsLongAsTheOfferedQueue) {
  ASSERT_TRUE(driver.negotiate(kVirtioFIndirectDesc));
  driver.add_queue(0, 2);  // of the 8 that are offered
  driver.run();
  for (uint16_t i = 0; i < 8; ++i) {
    dma.put(kRam + 16u * i,
            Desc{kRam + 0x200, 1, static_cast<uint16_t>(kWrite | (i < 7 ? kNext : 0)),
                 static_cast<uint16_t>(i + 1)});
  }
  driver.put_desc(0, 0, {kRam, 128, kIndirect, 0});
  driver.expose(0, 0);
  notify();
  EXPECT_EQ(driver.take_used(0), (Used{0, 8}));
}

// --- Notification suppression -------------------------------------------------------------------

TEST_F(VirtioQueueTest, UsedBuffersInterruptTheDriver) {
  start();
  driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_EQ(driver.get(kInterruptStatus), 1u);
  EXPECT_TRUE(line);
}

TEST_F(VirtioQueueTest, NoInterruptFlagSuppressesTheInterrupt) {
  start();
  dma.put<uint16_t>(driver.ring(0).avail, 1);
  driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_TRUE(driver.take_used(0).has_value());
  EXPECT_FALSE(line);
}

TEST_F(VirtioQueueTest, NoInterruptFlagIsIgnoredWithEventIndex) {
  start(kVirtioFEventIdx);
  dma.put<uint16_t>(driver.ring(0).avail, 1);
  driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_TRUE(line);
}

TEST_F(VirtioQueueTest, UsedEventHoldsTheInterruptBackUntilItsIndex) {
  start(kVirtioFEventIdx);
  const uint64_t used_event = driver.ring(0).avail + 4 + 2 * 8;
  dma.put<uint16_t>(used_event, 2);  // tell me once entry 2, the third, is written
  for (int i = 0; i < 5; ++i) {
    driver.add(0, {{kRam, 4, true}});
    notify();
    EXPECT_EQ(line, i >= 2) << i;
    if (i == 2) {
      driver.set(kInterruptAck, 1);
      EXPECT_FALSE(line);
      break;
    }
  }
  driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_FALSE(line) << "the driver did not ask for the fourth";
}

TEST_F(VirtioQueueTest, UsedEventInsideABatchInterrupts) {
  start(kVirtioFEventIdx);
  dma.put<uint16_t>(driver.ring(0).avail + 4 + 2 * 8, 1);
  for (int i = 0; i < 4; ++i) driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_TRUE(line);
}

TEST_F(VirtioQueueTest, AvailEventAsksForTheNextBuffer) {
  start(kVirtioFEventIdx);
  const uint64_t avail_event = driver.ring(0).used + 4 + 8 * 8;
  for (uint16_t i = 1; i <= 3; ++i) {
    driver.add(0, {{kRam, 4, true}});
    notify();
    EXPECT_EQ(dma.get<uint16_t>(avail_event), i);
  }
}

TEST_F(VirtioQueueTest, UsedFlagsNeverAskTheDriverToBeQuiet) {
  start();
  driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_EQ(dma.get<uint16_t>(driver.ring(0).used), 0u);
}

// --- Malformed set-up ---------------------------------------------------------------------------

struct BadSetup {
  const char* name;
  uint32_t size;
  uint64_t desc, avail, used;
  QueueError why;
};

struct VirtioQueueSetupTest : VirtioQueueTest, testing::WithParamInterface<BadSetup> {};

TEST_P(VirtioQueueSetupTest, NeedsReset) {
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
    Malformed, VirtioQueueSetupTest,
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

TEST_F(VirtioQueueTest, RingsMayEndWithRam) {
  ASSERT_TRUE(driver.negotiate(0));
  driver.place_queue(0, 8, kEnd - 128, kB, kB + 0x1000);
  EXPECT_EQ(driver.get(kQueueReady), 1u);
  driver.place_queue(1, 8, kB, kEnd - 22, kEnd - 72 - 24);
  EXPECT_EQ(driver.get(kQueueReady), 1u);
}

// --- Malformed rings ----------------------------------------------------------------------------

TEST_F(VirtioQueueTest, AvailableIndexBeyondTheQueueNeedsReset) {
  start();
  driver.add(0, {{kRam, 4, true}});
  dma.put<uint16_t>(driver.ring(0).avail + 2, 9);
  expect_failure(QueueError::kAvailableIndexJump);
}

TEST_F(VirtioQueueTest, AvailableIndexThatGoesBackNeedsReset) {
  start();
  driver.add(0, {{kRam, 4, true}});
  notify();
  ASSERT_TRUE(driver.take_used(0).has_value());
  dma.put<uint16_t>(driver.ring(0).avail + 2, 0);
  expect_failure(QueueError::kAvailableIndexJump);
}

TEST_F(VirtioQueueTest, MoreBuffersThanTheQueueHoldsNeedsReset) {
  start();
  device.keeps = true;
  for (int i = 0; i < 8; ++i) driver.add(0, {{kRam, 4, true}});
  notify();
  EXPECT_FALSE(driver.needs_reset());
  driver.add(0, {{kRam, 4, true}});
  expect_failure(QueueError::kTooManyInFlight);
}

TEST_F(VirtioQueueTest, HeadBeyondTheTableNeedsReset) {
  start();
  driver.expose(0, 8);
  expect_failure(QueueError::kHeadOutOfRange);
}

TEST_F(VirtioQueueTest, NextBeyondTheTableNeedsReset) {
  start();
  driver.put_desc(0, 0, {kRam, 4, kNext, 8});
  driver.expose(0, 0);
  expect_failure(QueueError::kNextOutOfRange);
}

TEST_F(VirtioQueueTest, DescriptorThatFollowsItselfNeedsReset) {
  start();
  driver.put_desc(0, 3, {kRam, 4, kNext, 3});
  driver.expose(0, 3);
  expect_failure(QueueError::kChainTooLong);
}

TEST_F(VirtioQueueTest, LoopOfTwoEmptyDescriptorsNeedsReset) {
  start();
  driver.put_desc(0, 0, {kRam, 0, kNext, 1});
  driver.put_desc(0, 1, {kRam, 0, kNext, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kChainTooLong);
}

TEST_F(VirtioQueueTest, BufferOutsideRamNeedsReset) {
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

TEST_F(VirtioQueueTest, SecondBufferOutsideRamNeedsResetBeforeTheFirstIsUsed) {
  start();
  driver.add(0, {{kRam, 4, true}, {kEnd, 4, true}});
  expect_failure(QueueError::kBufferOutsideRam);
  EXPECT_EQ(dma.get<uint32_t>(kRam), 0u);
}

TEST_F(VirtioQueueTest, ReadableAfterWritableNeedsReset) {
  start();
  driver.add(0, {{kRam, 4, true}, {kRam + 16, 4, false}});
  expect_failure(QueueError::kReadableAfterWritable);
}

TEST_F(VirtioQueueTest, IndirectWithoutTheFeatureNeedsReset) {
  start();
  dma.put(kRam, Desc{kRam + 0x100, 4, 0, 0});
  driver.put_desc(0, 0, {kRam, 16, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kIndirectNotNegotiated);
}

TEST_F(VirtioQueueTest, IndirectWithNextNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x100, 4, 0, 0});
  driver.put_desc(0, 0, {kRam, 16, kIndirect | kNext, 1});
  driver.expose(0, 0);
  expect_failure(QueueError::kIndirectWithNext);
}

TEST_F(VirtioQueueTest, NestedIndirectTableNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam, 16, kIndirect, 0});
  driver.put_desc(0, 0, {kRam, 16, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kIndirectNested);
}

TEST_F(VirtioQueueTest, IndirectTableOfARaggedSizeNeedsReset) {
  for (const uint32_t length : {0u, 1u, 15u, 17u, 0xffffffffu}) {
    start(kVirtioFIndirectDesc);
    driver.put_desc(0, 0, {kRam, length, kIndirect, 0});
    driver.expose(0, 0);
    expect_failure(QueueError::kBadIndirectTable);
  }
}

TEST_F(VirtioQueueTest, IndirectTableOutsideRamNeedsReset) {
  for (const uint64_t address : {uint64_t{0}, kEnd - 16, ~uint64_t{15}}) {
    start(kVirtioFIndirectDesc);
    driver.put_desc(0, 0, {address, 32, kIndirect, 0});
    driver.expose(0, 0);
    expect_failure(QueueError::kBadIndirectTable);
  }
}

TEST_F(VirtioQueueTest, NextBeyondTheIndirectTableNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x100, 4, kNext, 2});  // 2 would exist in the ring's own table
  driver.put_desc(0, 0, {kRam, 32, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kNextOutOfRange);
}

TEST_F(VirtioQueueTest, LoopInTheIndirectTableNeedsReset) {
  start(kVirtioFIndirectDesc);
  dma.put(kRam, Desc{kRam + 0x100, 4, kNext, 1});
  dma.put(kRam + 16, Desc{kRam + 0x100, 4, kNext, 0});
  driver.put_desc(0, 0, {kRam, 32, kIndirect, 0});
  driver.expose(0, 0);
  expect_failure(QueueError::kChainTooLong);
}

TEST_F(VirtioQueueTest, IndirectChainLongerThanTheOfferedQueueNeedsReset) {
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
TEST(VirtioQueueLengthTest, ChainOfMoreThan4GiBNeedsReset) {
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
TEST_F(VirtioQueueTest, RandomRingsNeverDoHarm) {
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
