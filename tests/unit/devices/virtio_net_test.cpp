// Tests of virtio-net with a fake backend: frames both ways, backlog, link, hostile buffers.
#include "devices/virtio/net.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "virtio_driver.hpp"

namespace rvx::test {
namespace {

constexpr uint64_t kRam = Driver::kFreeRam;
constexpr uint32_t kHeaderBytes = 12;
using Frame = std::vector<uint8_t>;

// Keeps what the guest sends; with `loops` it comes back at once.
class FakeBackend final : public NetBackend {
 public:
  explicit FakeBackend(bool* is_attached) : is_attached_(is_attached) {}
  void attach(NetReceiver* receiver) noexcept override {
    receiver_ = receiver;
    *is_attached_ = receiver != nullptr;
  }
  void send_frame(std::span<const uint8_t> frame) noexcept override {
    sent.emplace_back(frame.begin(), frame.end());
    if (loops) receiver_->receive_frame(frame);
  }
  void prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) override {
    fds.push_back({7, POLLIN, 0});
    timeout_ms = 3;
  }
  void finish_poll(const pollfd* fds, size_t count) override {
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(fds[0].fd, 7);
    ++polls;
  }
  void deliver(const Frame& frame) { receiver_->receive_frame(frame); }

  std::vector<Frame> sent;
  bool loops = false;
  int polls = 0;

 private:
  bool* is_attached_;
  NetReceiver* receiver_ = nullptr;
};

struct VirtioNetTest : testing::Test {
  void start() { ASSERT_TRUE(driver.start({8, 8})); }

  static Frame frame(size_t bytes, uint8_t value) { return Frame(bytes, value); }
  void give_buffer(uint64_t address, uint32_t bytes) { driver.add(0, {{address, bytes, true}}); }
  void deliver(const Frame& frame) {
    dma.watch();
    backend->deliver(frame);
    EXPECT_EQ(dma.unannounced_change(), std::nullopt);
  }
  void send(const Frame& frame) {
    std::memset(dma.at(kRam + 0x8000), 0, kHeaderBytes);
    std::memcpy(dma.at(kRam + 0x8000 + kHeaderBytes), frame.data(), frame.size());
    driver.add(1, {{kRam + 0x8000, kHeaderBytes + static_cast<uint32_t>(frame.size()), false}});
    driver.notify(1);
  }
  Frame received(uint64_t address, size_t bytes) {
    const uint8_t* from = dma.at(address + kHeaderBytes);
    return {from, from + bytes};
  }

  FakeDma dma;
  bool is_attached = false;
  FakeBackend* backend = new FakeBackend(&is_attached);  // owned by net
  std::unique_ptr<VirtioNet> net = std::make_unique<VirtioNet>(
      dma, std::unique_ptr<NetBackend>(backend), MacAddress{2, 0, 0, 0xaa, 0xbb, 0xcc});
  bool line = false;
  VirtioMmio mmio{net.get(), IrqLine([this](bool level) { line = level; })};
  Driver driver{mmio, dma};
};

TEST_F(VirtioNetTest, IsDeviceType1WithMacAndStatus) {
  EXPECT_EQ(driver.get(kDeviceId), 1u);
  EXPECT_EQ(driver.offered() & 0xffffff, 1u << 5 | 1u << 16);
  EXPECT_EQ(driver.get(kConfig), 0xaa000002u);
  EXPECT_EQ(driver.get(kConfig + 4), 0x0001ccbbu) << "end of the MAC, link up";
}

TEST_F(VirtioNetTest, TransmittedFrameReachesTheBackendWithoutItsHeader) {
  start();
  std::memcpy(dma.at(kRam + 12), "abcdefghijklmnopqrst", 20);
  driver.add(1, {{kRam, 5, false}, {kRam + 5, 10, false}, {kRam + 15, 17, false}});
  driver.notify(1);
  ASSERT_EQ(backend->sent.size(), 1u);
  EXPECT_EQ(std::string(backend->sent[0].begin(), backend->sent[0].end()), "abcdefghijklmnopqrst");
  EXPECT_EQ(driver.take_used(1), (Used{0, 0}));
  EXPECT_TRUE(line);
}

TEST_F(VirtioNetTest, ReceivedFrameGetsAHeaderOfTwelveBytesWithOneBuffer) {
  start();
  std::memset(dma.at(kRam), 0xff, 0x1000);
  driver.add(0, {{kRam, 12, true}, {kRam + 0x100, 40, true}, {kRam + 0x200, 100, true}});
  deliver(frame(60, 0x42));
  EXPECT_EQ(driver.take_used(0), (Used{0, 72}));
  EXPECT_EQ(std::memcmp(dma.at(kRam), "\0\0\0\0\0\0\0\0\0\0\1\0\xff", 13), 0);
  EXPECT_EQ(Frame(dma.at(kRam + 0x100), dma.at(kRam + 0x100 + 40)), frame(40, 0x42));
  EXPECT_EQ(dma.get<uint8_t>(kRam + 0x100 + 40), 0xff);
  EXPECT_EQ(Frame(dma.at(kRam + 0x200), dma.at(kRam + 0x200 + 20)), frame(20, 0x42));
  EXPECT_EQ(dma.get<uint8_t>(kRam + 0x200 + 20), 0xff);
  EXPECT_TRUE(line);
}

TEST_F(VirtioNetTest, LoopbackReturnsEachFrame) {
  start();
  backend->loops = true;
  for (uint8_t i = 0; i < 100; ++i) {
    give_buffer(kRam, 2048);
    send(frame(60 + i, i));
    ASSERT_EQ(driver.take_used(0), (Used{i % 8u, kHeaderBytes + 60u + i}));
    ASSERT_EQ(driver.take_used(1), (Used{i % 8u, 0}));
    EXPECT_EQ(received(kRam, 60 + i), frame(60 + i, i));
  }
  EXPECT_EQ(net->dropped_frames(), 0u);
}

TEST_F(VirtioNetTest, FramesWaitForBuffersInOrder) {
  start();
  for (uint8_t i = 0; i < 3; ++i) deliver(frame(60, i));
  for (uint64_t i = 0; i < 3; ++i) give_buffer(kRam + 0x800 * i, 0x800);
  driver.notify(0);
  for (uint8_t i = 0; i < 3; ++i) {
    EXPECT_EQ(driver.take_used(0), (Used{i, 72}));
    EXPECT_EQ(received(kRam + 0x800u * i, 60), frame(60, i));
  }
}

TEST_F(VirtioNetTest, FramesForASlowGuestAreBoundedAndCounted) {
  start();
  for (int i = 0; i < 100000; ++i) backend->deliver(frame(60, static_cast<uint8_t>(i)));
  EXPECT_GE(net->dropped_frames(), 90000u);
  give_buffer(kRam, 2048);
  driver.notify(0);
  EXPECT_EQ(received(kRam, 60), frame(60, 0)) << "the oldest are kept";
}

TEST_F(VirtioNetTest, FrameTooBigForItsBufferIsDroppedAndTheBufferKept) {
  start();
  give_buffer(kRam, 100);
  deliver(frame(89, 1));
  EXPECT_FALSE(driver.take_used(0).has_value());
  EXPECT_EQ(net->dropped_frames(), 1u);
  deliver(frame(88, 2));
  EXPECT_EQ(driver.take_used(0), (Used{0, 100}));
  EXPECT_EQ(received(kRam, 88), frame(88, 2));
}

TEST_F(VirtioNetTest, FramesBeforeTheDriverRunsAreDropped) {
  ASSERT_TRUE(driver.negotiate(0));
  deliver(frame(60, 1));
  driver.add_queue(0, 8);
  give_buffer(kRam, 2048);
  driver.run();
  driver.notify(0);
  EXPECT_FALSE(driver.take_used(0).has_value());
}

TEST_F(VirtioNetTest, ResetForgetsWaitingFrames) {
  start();
  deliver(frame(60, 1));
  start();
  give_buffer(kRam, 2048);
  driver.notify(0);
  EXPECT_FALSE(driver.take_used(0).has_value());
}

TEST_F(VirtioNetTest, BufferShorterThanTheHeaderNeedsReset) {
  start();
  driver.add(1, {{kRam, 11, false}});
  driver.notify(1);
  EXPECT_TRUE(driver.needs_reset());
  EXPECT_EQ(mmio.failure(), QueueError::kBadRequest);
}

TEST_F(VirtioNetTest, FramesOfImpossibleSizeAreNotSent) {
  start();
  for (const uint32_t bytes : {12u, 25u, 12u + 65537u, 0x80000u})
    driver.add(1, {{kRam, bytes, false}});
  driver.notify(1);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(driver.take_used(1).has_value());
  EXPECT_TRUE(backend->sent.empty());
  EXPECT_FALSE(driver.needs_reset());
}

TEST_F(VirtioNetTest, PulledCableDropsBothWaysAndNotifies) {
  start();
  give_buffer(kRam, 2048);
  net->set_link(false);
  EXPECT_EQ(driver.get(kInterruptStatus), 2u);
  EXPECT_EQ(driver.get(kConfig + 4) >> 16, 0u);
  send(frame(60, 1));
  deliver(frame(60, 1));
  EXPECT_TRUE(backend->sent.empty());
  EXPECT_FALSE(driver.take_used(0).has_value());
  net->set_link(true);
  send(frame(60, 2));
  deliver(frame(60, 2));
  EXPECT_EQ(backend->sent.size(), 1u);
  EXPECT_TRUE(driver.take_used(0).has_value());
}

TEST_F(VirtioNetTest, MalformedReceiveRingStopsTheDeviceOnly) {
  start();
  driver.expose(0, 99);
  deliver(frame(60, 1));
  EXPECT_TRUE(driver.needs_reset());
  deliver(frame(60, 2));
}

TEST_F(VirtioNetTest, PollingGoesThroughToTheBackend) {
  std::vector<pollfd> fds;
  int timeout = -1;
  net->prepare_poll(fds, timeout);
  ASSERT_EQ(fds.size(), 1u);
  EXPECT_EQ(timeout, 3);
  net->finish_poll(fds.data(), fds.size());
  EXPECT_EQ(backend->polls, 1);
}

TEST_F(VirtioNetTest, BackendIsDetachedBeforeTheDeviceGoes) {
  EXPECT_TRUE(is_attached);
  net.reset();
  EXPECT_FALSE(is_attached);
}

}  // namespace
}  // namespace rvx::test
