// Tests of virtio-console: output, input with and without buffers, size, and emergency write.
#include "devices/virtio/console.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "virtio_driver.hpp"

namespace rvx::test {
namespace {

constexpr uint64_t kRam = Driver::kFreeRam;

struct VirtioConsoleTest : testing::Test {
  void type(const std::string& text) {
    dma.watch();
    console.receive(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    EXPECT_EQ(dma.unannounced_change(), std::nullopt);
  }
  std::string guest(uint64_t address, size_t count) {
    return {reinterpret_cast<const char*>(dma.at(address)), count};
  }

  FakeDma dma;
  fake::Console output;
  VirtioConsole console{dma, output};
  bool line = false;
  VirtioMmio mmio{&console, IrqLine([this](bool level) { line = level; })};
  Driver driver{mmio, dma};
};

TEST_F(VirtioConsoleTest, IsDeviceType3WithTwoQueuesAndWithoutMultiport) {
  EXPECT_EQ(driver.get(kDeviceId), 3u);
  EXPECT_EQ(driver.offered() & 0xffffff, 1u << 0 | 1u << 2);
  driver.set(kQueueSel, 1);
  EXPECT_GT(driver.get(kQueueNumMax), 0u);
  driver.set(kQueueSel, 2);
  EXPECT_EQ(driver.get(kQueueNumMax), 0u);
}

TEST_F(VirtioConsoleTest, TransmittedBytesComeOutInOrder) {
  ASSERT_TRUE(driver.start({8, 8}));
  std::memcpy(dma.at(kRam), "hello, world", 12);
  driver.add(1, {{kRam, 7, false}, {kRam + 7, 5, false}});
  driver.add(1, {{kRam, 1, false}});
  driver.notify(1);
  EXPECT_EQ(output.text, "hello, worldh");
  EXPECT_EQ(driver.take_used(1), (Used{0, 0}));
  EXPECT_EQ(driver.take_used(1), (Used{2, 0}));
  EXPECT_TRUE(line);
}

TEST_F(VirtioConsoleTest, HugeOutputComesOutWhole) {
  ASSERT_TRUE(driver.start({8, 8}));
  std::memset(dma.at(kRam), 'x', 0x30000);
  driver.add(1, {{kRam, 0x30000, false}});
  driver.notify(1);
  EXPECT_EQ(output.text, std::string(0x30000, 'x'));
}

TEST_F(VirtioConsoleTest, WritableBufferInTheTransmitQueueIsNotPrinted) {
  ASSERT_TRUE(driver.start({8, 8}));
  std::memcpy(dma.at(kRam), "secret", 6);
  driver.add(1, {{kRam, 6, true}});
  driver.notify(1);
  EXPECT_EQ(output.text, "");
  EXPECT_EQ(driver.take_used(1), (Used{0, 0}));
}

TEST_F(VirtioConsoleTest, TypedBytesFillReceiveBuffers) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.add(0, {{kRam, 4, true}});
  driver.add(0, {{kRam + 16, 64, true}});
  driver.notify(0);
  EXPECT_FALSE(driver.take_used(0).has_value());
  type("abcdef");
  EXPECT_EQ(driver.take_used(0), (Used{0, 4}));
  EXPECT_EQ(driver.take_used(0), (Used{1, 2}));
  EXPECT_EQ(guest(kRam, 4), "abcd");
  EXPECT_EQ(guest(kRam + 16, 2), "ef");
  EXPECT_TRUE(line);
}

TEST_F(VirtioConsoleTest, InputWaitsForTheDriverAndForBuffers) {
  type("early");
  ASSERT_TRUE(driver.start({8, 8}));
  type(" bird");
  driver.add(0, {{kRam, 64, true}});
  driver.notify(0);
  EXPECT_EQ(driver.take_used(0), (Used{0, 10}));
  EXPECT_EQ(guest(kRam, 10), "early bird");
}

TEST_F(VirtioConsoleTest, BuffersThatCannotBeWrittenLoseNoInput) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.add(0, {{kRam + 0x100, 8, false}});
  driver.add(0, {{kRam, 8, true}});
  type("abc");
  EXPECT_EQ(driver.take_used(0), (Used{0, 0}));
  EXPECT_EQ(driver.take_used(0), (Used{1, 3}));
  EXPECT_EQ(guest(kRam, 3), "abc");
}

TEST_F(VirtioConsoleTest, RoomIsWhatIsTakenWithoutLoss) {
  const size_t room = console.room();
  EXPECT_GT(room, 0u);
  type(std::string(room - 1, 'a'));
  EXPECT_EQ(console.room(), 1u);
  type("bc");  // one too many
  EXPECT_EQ(console.room(), 0u);

  ASSERT_TRUE(driver.start({8, 8}));
  driver.add(0, {{kRam, 0x10000, true}});
  driver.notify(0);
  EXPECT_EQ(driver.take_used(0), (Used{0, static_cast<uint32_t>(room)}));
  EXPECT_EQ(guest(kRam + room - 2, 2), "ab");
  EXPECT_EQ(console.room(), room);
}

TEST_F(VirtioConsoleTest, ResizeChangesTheConfigurationAndNotifies) {
  EXPECT_EQ(driver.get(kConfig), 25u << 16 | 80u);
  ASSERT_TRUE(driver.start({8, 8}));
  console.resize(132, 43);
  EXPECT_EQ(driver.get(kConfig), 43u << 16 | 132u);
  EXPECT_EQ(driver.get(kInterruptStatus), 2u);
}

TEST_F(VirtioConsoleTest, EmergencyWriteWorksOnAnUnconfiguredDevice) {
  driver.set(kConfig + 8, 'P' | 0xabcd00);
  driver.set(kConfig, 'x');
  EXPECT_EQ(output.text, "P");
  EXPECT_EQ(driver.get(kConfig), 25u << 16 | 80u) << "the size is read-only";
}

TEST_F(VirtioConsoleTest, WaitingInputSurvivesSaveAndLoad) {
  type("abc");
  const State state = save(mmio, console);
  fake::Console other_output;
  VirtioConsole other(dma, other_output);
  VirtioMmio other_mmio(&other, IrqLine());
  load(state, other_mmio, other);
  EXPECT_TRUE(other_mmio.restored());
  Driver other_driver(other_mmio, dma);
  ASSERT_TRUE(other_driver.start({8, 8}));
  other_driver.add(0, {{kRam, 8, true}});
  other_driver.notify(0);
  EXPECT_EQ(guest(kRam, 3), "abc");
}

TEST_F(VirtioConsoleTest, LoadedInputIsBounded) {
  State state = save(mmio, console);
  state["input"].assign(1 << 20, 'x');
  load(state, mmio, console);
  EXPECT_FALSE(mmio.restored());
  EXPECT_EQ(console.room(), 0u);
}

}  // namespace
}  // namespace rvx::test
