// A device with two queues of eight and its driver, for the tests of virtqueues.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

#include "virtio_driver.hpp"

namespace rvx::test {

inline constexpr uint64_t kRam = Driver::kFreeRam;
inline constexpr uint64_t kEnd = FakeDma::kBase + (1 << 20);

struct VirtioQueueFixture : testing::Test {
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
};

}  // namespace rvx::test
