// Tests of split virtqueues: chains, indirect tables, and notification suppression.
#include "devices/virtio/queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "virtio_queue_fixture.hpp"

namespace rvx::test {
namespace {

struct VirtioQueueTest : VirtioQueueFixture {};

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

// The driver adds a buffer after the device found the ring empty and before it asked to be told of
// the next one: the driver has seen no reason to kick, so the device must look once more.
TEST(VirtioQueueRaceTest, BufferAddedWhileTheDeviceAsksForANotificationIsNotMissed) {
  struct RacingDma final : DmaPort {
    FakeDma ram;
    uint64_t trap = 0;
    std::function<void()> action;
    uint8_t* map(uint64_t address, uint64_t length, bool will_write) noexcept override {
      if (address == trap && action) std::exchange(action, nullptr)();
      return ram.map(address, length, will_write);
    }
  } dma;
  constexpr uint64_t kAvailable = FakeDma::kBase + 0x1000, kUsed = FakeDma::kBase + 0x2000;
  Virtqueue queue(dma, 8);
  queue.set_descriptor_area(false, static_cast<uint32_t>(FakeDma::kBase));
  queue.set_driver_area(false, static_cast<uint32_t>(kAvailable));
  queue.set_device_area(false, static_cast<uint32_t>(kUsed));
  queue.use_features(kVirtioFEventIdx);
  ASSERT_EQ(queue.enable(), QueueError::kNone);
  dma.ram.put(FakeDma::kBase, Desc{kRam, 4, kWrite, 0});
  dma.trap = kUsed + 4 + 8 * 8;  // avail_event
  dma.action = [&] { dma.ram.put<uint16_t>(kAvailable + 2, 1); };
  Chain chain;
  EXPECT_TRUE(queue.pop(chain).has_chain);
  EXPECT_FALSE(queue.pop(chain).has_chain);
}

// --- Harts that run while the device works ------------------------------------------------------

// The driver adds and reaps buffers on one thread and kicks only when the event index asks for it;
// the device works on another. Every buffer comes back filled, once, in order, and no kick is lost.
TEST_F(VirtioQueueTest, DriverOnAnotherThreadLosesNoBufferAndNoKick) {
  constexpr uint32_t kBuffers = 20000;
  start(kVirtioFEventIdx);
  const Driver::Ring ring = driver.ring(0);
  const auto at16 = [&](uint64_t address) {
    return std::atomic_ref<uint16_t>(*reinterpret_cast<uint16_t*>(dma.at(address)));
  };
  std::atomic<bool> kicked = false;
  std::jthread device_thread([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (kicked.exchange(false)) driver.notify(0);
      device.chains.clear();
      device.data.clear();
      std::this_thread::yield();
    }
  });

  uint16_t added = 0;
  uint32_t reaped = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (uint32_t total = 0; reaped < kBuffers && std::chrono::steady_clock::now() < deadline;) {
    while (total < kBuffers && total - reaped < 8) {
      const uint32_t slot = total % 8;
      const uint64_t buffer = kRam + 64 * slot;
      dma.put<uint32_t>(buffer, total);
      driver.put_desc(0, static_cast<uint16_t>(slot), {buffer, 4, kWrite, 0});
      dma.put<uint16_t>(ring.avail + 4 + 2 * slot, static_cast<uint16_t>(slot));
      at16(ring.avail + 2).store(++added, std::memory_order_release);
      ++total;
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (at16(ring.used + 4 + 8 * 8).load() == static_cast<uint16_t>(added - 1)) kicked = true;
    }
    while (at16(ring.used + 2).load(std::memory_order_acquire) != static_cast<uint16_t>(reaped)) {
      const uint32_t slot = reaped % 8;
      ASSERT_EQ(dma.get<Used>(ring.used + 4 + 8 * slot), (Used{slot, 4}));
      ASSERT_EQ(dma.get<uint32_t>(kRam + 64 * slot), 0xa5a5a5a5u);
      ++reaped;
    }
    std::this_thread::yield();
  }
  device_thread.request_stop();
  device_thread.join();
  EXPECT_EQ(reaped, kBuffers);
  EXPECT_FALSE(driver.needs_reset());
}

}  // namespace
}  // namespace rvx::test
