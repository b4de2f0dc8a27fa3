// Tests of the virtio-mmio transport: registers, negotiation, status, interrupts, configuration.
#include "devices/virtio/mmio.hpp"

#include <gtest/gtest.h>

#include "virtio_driver.hpp"

namespace rvx::test {
namespace {

struct VirtioMmioTest : testing::Test {
  FakeDma dma;
  RecordingDevice device{dma};
  bool line = false;
  VirtioMmio mmio{&device, IrqLine([this](bool level) { line = level; })};
  Driver driver{mmio, dma};
};

TEST_F(VirtioMmioTest, IdentifiesItselfAsVersion2WithQemusVendor) {
  EXPECT_EQ(driver.get(kMagicValue), 0x74726976u);
  EXPECT_EQ(driver.get(kVersion), 2u);
  EXPECT_EQ(driver.get(kDeviceId), 4u);
  EXPECT_EQ(driver.get(kVendorId), 0x554d4551u);
}

TEST_F(VirtioMmioTest, EmptySlotReadsAsDeviceZeroAndIgnoresWrites) {
  VirtioMmio slot(nullptr, IrqLine());
  for (uint64_t offset = 0; offset < VirtioMmio::kSize; offset += 4) {
    ASSERT_TRUE(slot.write(offset, 4, ~uint64_t{0}));
    uint64_t value = 1;
    ASSERT_TRUE(slot.read(offset, 4, value));
    if (offset == kMagicValue) {
      EXPECT_EQ(value, 0x74726976u);
    } else if (offset == kVersion) {
      EXPECT_EQ(value, 2u);
    } else if (offset == kVendorId) {
      EXPECT_EQ(value, 0x554d4551u);
    } else {
      EXPECT_EQ(value, 0u) << std::hex << offset;
    }
  }
}

TEST_F(VirtioMmioTest, AccessBeyondTheRegistersIsAFault) {
  uint64_t value = 0;
  EXPECT_FALSE(mmio.read(VirtioMmio::kSize, 4, value));
  EXPECT_FALSE(mmio.write(VirtioMmio::kSize, 4, 0));
  EXPECT_FALSE(mmio.read(VirtioMmio::kSize - 4, 8, value));
  EXPECT_FALSE(mmio.read(~uint64_t{0}, 1, value));
}

TEST_F(VirtioMmioTest, NarrowOrMisalignedRegisterAccessHasNoEffect) {
  uint64_t value = 1;
  ASSERT_TRUE(mmio.read(kMagicValue, 1, value));
  EXPECT_EQ(value, 0u);
  ASSERT_TRUE(mmio.read(kMagicValue + 2, 4, value));
  EXPECT_EQ(value, 0u);
  ASSERT_TRUE(mmio.write(kStatus, 1, kAcknowledge));
  EXPECT_EQ(driver.get(kStatus), 0u);
}

TEST_F(VirtioMmioTest, DoublewordAccessIsTwoRegisters) {
  uint64_t value = 0;
  ASSERT_TRUE(mmio.read(kMagicValue, 8, value));
  EXPECT_EQ(value, 0x274726976u);
}

TEST_F(VirtioMmioTest, DeviceFeaturesSelChoosesTheHalf) {
  EXPECT_EQ(driver.offered(),
            kVirtioFVersion1 | kVirtioFIndirectDesc | kVirtioFEventIdx | uint64_t{0x6});
  driver.set(kDeviceFeaturesSel, 2);
  EXPECT_EQ(driver.get(kDeviceFeatures), 0u);
}

TEST_F(VirtioMmioTest, WriteOnlyRegistersReadAsZero) {
  driver.set(kQueueSel, 1);
  driver.set(kDriverFeatures, 0x6);
  for (const uint64_t offset : {kDeviceFeaturesSel, kDriverFeatures, kDriverFeaturesSel, kQueueSel,
                                kQueueNum, kQueueNotify, kInterruptAck, kQueueDescLow}) {
    EXPECT_EQ(driver.get(offset), 0u) << std::hex << offset;
  }
}

TEST_F(VirtioMmioTest, StatusBitsAccumulateInTheOrderOfTheSpecification) {
  ASSERT_TRUE(driver.negotiate(0x2));
  EXPECT_EQ(driver.get(kStatus), kAcknowledge | kDriver | kFeaturesOk);
  driver.run();
  EXPECT_EQ(driver.get(kStatus), kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
}

TEST_F(VirtioMmioTest, FeaturesOkIsRefusedForAFeatureThatWasNotOffered) {
  EXPECT_FALSE(driver.negotiate(0x8));
  EXPECT_TRUE(driver.negotiate(0x4));
}

TEST_F(VirtioMmioTest, FeaturesOkIsRefusedWithoutVersion1) {
  driver.set(kStatus, kAcknowledge | kDriver);
  driver.write_features(0x2);
  driver.set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  EXPECT_EQ(driver.get(kStatus), kAcknowledge | kDriver);
}

TEST_F(VirtioMmioTest, DriverThatNeverWritesTheUpperFeaturesIsAcceptedAsXv6Is) {
  // kernel/virtio_disk.c of xv6-riscv: reads and writes the low half without selecting it.
  driver.set(kStatus, 0);
  driver.set(kStatus, kAcknowledge);
  driver.set(kStatus, kAcknowledge | kDriver);
  driver.set(kDriverFeatures, driver.get(kDeviceFeatures) & 0x6);
  driver.set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  EXPECT_NE(driver.get(kStatus) & kFeaturesOk, 0u);
  EXPECT_EQ(driver.get(kQueueReady), 0u);
  driver.add_queue(0, 8);
  driver.run();
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  EXPECT_TRUE(driver.take_used(0).has_value());
}

TEST_F(VirtioMmioTest, RefusedFeaturesCanBeCorrectedWithoutAReset) {
  EXPECT_FALSE(driver.negotiate(0x8));
  driver.write_features(kVirtioFVersion1);
  driver.set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  EXPECT_NE(driver.get(kStatus) & kFeaturesOk, 0u);
}

TEST_F(VirtioMmioTest, FeaturesCannotChangeAfterFeaturesOk) {
  ASSERT_TRUE(driver.negotiate(0));
  driver.write_features(kVirtioFVersion1 | kVirtioFIndirectDesc);
  driver.add_queue(0, 8);
  driver.run();
  // An indirect descriptor is therefore still an error.
  driver.put_desc(0, 0, {Driver::kFreeRam, 16, kIndirect, 0});
  driver.expose(0, 0);
  driver.notify(0);
  EXPECT_TRUE(driver.needs_reset());
}

TEST_F(VirtioMmioTest, DriverOkWithoutFeaturesOkIsIgnored) {
  driver.set(kStatus, kAcknowledge | kDriver | kDriverOk);
  EXPECT_EQ(driver.get(kStatus), kAcknowledge | kDriver);
}

TEST_F(VirtioMmioTest, DriverCanNeitherSetNeedsResetNorClearBits) {
  ASSERT_TRUE(driver.start({8, 8}));
  const uint32_t before = driver.get(kStatus);
  driver.set(kStatus, kNeedsReset | kAcknowledge);
  EXPECT_EQ(driver.get(kStatus), before);
}

TEST_F(VirtioMmioTest, QueueRegistersActOnTheSelectedQueueOnly) {
  driver.set(kQueueSel, 1);
  EXPECT_EQ(driver.get(kQueueNumMax), 8u);
  driver.add_queue(1, 4);
  EXPECT_EQ(driver.get(kQueueReady), 1u);
  driver.set(kQueueSel, 0);
  EXPECT_EQ(driver.get(kQueueReady), 0u);
}

TEST_F(VirtioMmioTest, QueueThatDoesNotExistHasSizeZero) {
  driver.set(kQueueSel, 2);
  EXPECT_EQ(driver.get(kQueueNumMax), 0u);
  driver.set(kQueueReady, 1);
  EXPECT_EQ(driver.get(kQueueReady), 0u);
  driver.set(kQueueSel, 0xffffffff);
  EXPECT_EQ(driver.get(kQueueNumMax), 0u);
  driver.notify(2);
  driver.notify(0xffffffff);
  EXPECT_FALSE(driver.needs_reset());
}

TEST_F(VirtioMmioTest, BuffersAreNotConsumedBeforeDriverOk) {
  ASSERT_TRUE(driver.negotiate(0));
  driver.add_queue(0, 8);
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  EXPECT_FALSE(driver.take_used(0).has_value());
  // Nor lost: they are looked at then.
  driver.run();
  EXPECT_TRUE(driver.take_used(0).has_value());
}

TEST_F(VirtioMmioTest, QueueThatIsNotReadyIsNotTouched) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.set(kQueueSel, 0);
  driver.set(kQueueReady, 0);
  EXPECT_EQ(driver.get(kQueueReady), 0u);
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  EXPECT_FALSE(driver.take_used(0).has_value());
}

TEST_F(VirtioMmioTest, QueueAddressesCannotChangeWhileReady) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.set(kQueueSel, 0);
  driver.set(kQueueDescLow, 0);
  driver.set(kQueueNum, 3);
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  EXPECT_TRUE(driver.take_used(0).has_value());
}

TEST_F(VirtioMmioTest, InterruptIsALevelUntilEveryCauseIsAcknowledged) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  device.change_config();
  EXPECT_EQ(driver.get(kInterruptStatus), 3u);
  EXPECT_TRUE(line);
  driver.set(kInterruptAck, 1);
  EXPECT_EQ(driver.get(kInterruptStatus), 2u);
  EXPECT_TRUE(line);
  driver.set(kInterruptAck, 2);
  EXPECT_FALSE(line);
}

TEST_F(VirtioMmioTest, ConfigurationIsAccessibleByByteHalfAndWord) {
  uint64_t value = 0;
  ASSERT_TRUE(mmio.read(kConfig + 1, 1, value));
  EXPECT_EQ(value, 0x02u);
  ASSERT_TRUE(mmio.read(kConfig + 2, 2, value));
  EXPECT_EQ(value, 0x0403u);
  ASSERT_TRUE(mmio.read(kConfig + 4, 4, value));
  EXPECT_EQ(value, 0x08070605u);
  ASSERT_TRUE(mmio.read(kConfig, 8, value));
  EXPECT_EQ(value, 0x0807060504030201u);
}

TEST_F(VirtioMmioTest, ConfigurationBeyondItsEndReadsAsOnes) {
  uint64_t value = 0;
  ASSERT_TRUE(mmio.read(kConfig + 8, 4, value));
  EXPECT_EQ(value, 0xffffff09u);
  ASSERT_TRUE(mmio.read(kConfig + 0xfc, 4, value));
  EXPECT_EQ(value, 0xffffffffu);
}

TEST_F(VirtioMmioTest, ConfigurationWritesReachTheDevice) {
  ASSERT_TRUE(mmio.write(kConfig + 8, 2, 0x1234));
  ASSERT_EQ(device.config_writes.size(), 1u);
  EXPECT_EQ(device.config_writes[0], (std::array<uint64_t, 3>{8, 2, 0x1234}));
}

TEST_F(VirtioMmioTest, ConfigGenerationChangesWithTheConfiguration) {
  ASSERT_TRUE(driver.start({8, 8}));
  const uint32_t before = driver.get(kConfigGeneration);
  EXPECT_EQ(driver.get(kConfigGeneration), before);
  device.change_config();
  EXPECT_NE(driver.get(kConfigGeneration), before);
  EXPECT_EQ(driver.get(kInterruptStatus), 2u);
}

TEST_F(VirtioMmioTest, NoNotificationBeforeDriverOk) {
  device.change_config();
  EXPECT_EQ(driver.get(kInterruptStatus), 0u);
  EXPECT_FALSE(line);
}

TEST_F(VirtioMmioTest, WritingZeroToStatusResetsEverything) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  ASSERT_TRUE(line);
  const int resets = device.resets;
  driver.set(kStatus, 0);
  EXPECT_EQ(device.resets, resets + 1);
  EXPECT_EQ(driver.get(kStatus), 0u);
  EXPECT_EQ(driver.get(kInterruptStatus), 0u);
  EXPECT_FALSE(line);
  for (uint32_t queue = 0; queue < 2; ++queue) {
    driver.set(kQueueSel, queue);
    EXPECT_EQ(driver.get(kQueueReady), 0u);
  }
}

TEST_F(VirtioMmioTest, NeedsResetIsReportedByAConfigurationNotification) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.expose(0, 99);
  driver.notify(0);
  EXPECT_TRUE(driver.needs_reset());
  EXPECT_EQ(driver.get(kInterruptStatus), 2u);
  EXPECT_EQ(mmio.failure(), QueueError::kHeadOutOfRange);
}

TEST_F(VirtioMmioTest, DeviceThatNeedsAResetDoesNothingUntilThen) {
  ASSERT_TRUE(driver.start({8, 8}));
  driver.expose(0, 99);
  driver.notify(0);
  driver.add(1, {{Driver::kFreeRam, 4, true}});
  driver.notify(1);
  EXPECT_FALSE(driver.take_used(1).has_value());

  ASSERT_TRUE(driver.start({8, 8}));
  EXPECT_EQ(mmio.failure(), QueueError::kNone);
  driver.add(1, {{Driver::kFreeRam, 4, true}});
  driver.notify(1);
  EXPECT_TRUE(driver.take_used(1).has_value());
}

TEST_F(VirtioMmioTest, SharedMemoryRegionsDoNotExist) {
  driver.set(0x0ac, 0);
  EXPECT_EQ(driver.get(0x0b0), 0xffffffffu);
  EXPECT_EQ(driver.get(0x0b4), 0xffffffffu);
}

TEST_F(VirtioMmioTest, StateCanBeSavedAndLoaded) {
  ASSERT_TRUE(driver.start({8, 8}, kVirtioFEventIdx));
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  driver.notify(0);
  ASSERT_TRUE(driver.take_used(0).has_value());
  const auto state = save(mmio, device);

  RecordingDevice other_device(dma);
  bool other_line = false;
  VirtioMmio other(&other_device, IrqLine([&](bool level) { other_line = level; }));
  load(state, other, other_device);
  EXPECT_TRUE(other.restored());
  EXPECT_TRUE(other_line);
  EXPECT_EQ(save(other, other_device), state);

  // It goes on where the first one was.
  driver.add(0, {{Driver::kFreeRam, 4, true}});
  ASSERT_TRUE(other.write(kQueueNotify, 4, 0));
  EXPECT_TRUE(driver.take_used(0).has_value());
  EXPECT_EQ(other_device.chains.size(), 1u);
}

TEST_F(VirtioMmioTest, LoadedQueueOutsideRamIsNotReady) {
  ASSERT_TRUE(driver.start({8, 8}));
  const auto state = save(mmio, device);
  FakeDma elsewhere(4096);  // too small for the second queue's rings
  RecordingDevice other(elsewhere);
  VirtioMmio other_mmio(&other, IrqLine());
  load(state, other_mmio, other);
  EXPECT_FALSE(other_mmio.restored());
  EXPECT_FALSE(other.queue(1).is_ready());
  ASSERT_TRUE(other_mmio.write(kQueueNotify, 4, 1));
}

}  // namespace
}  // namespace rvx::test
