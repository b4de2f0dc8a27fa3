// A disk in memory behind virtio-blk, and requests to it, for the tests of virtio-blk.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "devices/virtio/block.hpp"
#include "fakes.hpp"
#include "virtio_driver.hpp"

namespace rvx::test {

inline constexpr uint64_t kHeader = Driver::kFreeRam;
inline constexpr uint64_t kStatusByte = Driver::kFreeRam + 0x100;
inline constexpr uint64_t kData = Driver::kFreeRam + 0x1000;

inline constexpr uint32_t kIn = 0, kOut = 1, kFlush = 4, kGetId = 8, kDiscard = 11,
                          kWriteZeroes = 13;
inline constexpr uint8_t kOk = 0, kIoError = 1, kUnsupported = 2;

inline constexpr uint64_t kFeatureFlush = 1 << 9;

inline constexpr uint64_t kSectors = 64;

// A disk in memory whose every sector starts as its own number.
class MemoryDisk final : public Disk {
 public:
  explicit MemoryDisk(bool read_only) : bytes(kSectors * kSectorBytes), read_only_(read_only) {
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i / kSectorBytes);
  }
  uint64_t size() const noexcept override { return bytes.size(); }
  bool is_read_only() const noexcept override { return read_only_; }
  bool read(uint64_t offset, std::span<uint8_t> to) noexcept override {
    if (is_broken) return false;
    std::copy_n(bytes.begin() + static_cast<long>(offset), to.size(), to.begin());
    return true;
  }
  bool write(uint64_t offset, std::span<const uint8_t> from) noexcept override {
    ++writes;
    if (is_broken) return false;
    std::copy(from.begin(), from.end(), bytes.begin() + static_cast<long>(offset));
    return true;
  }
  bool write_zeros(uint64_t offset, uint64_t length, bool deallocate) noexcept override {
    unmaps += deallocate;
    std::fill_n(bytes.begin() + static_cast<long>(offset), length, 0);
    return !is_broken;
  }
  bool discard(uint64_t offset, uint64_t length) noexcept override {
    std::fill_n(bytes.begin() + static_cast<long>(offset), length, 0xdd);
    return !is_broken;
  }
  bool flush() noexcept override {
    ++flushes;
    return !is_broken;
  }

  std::vector<uint8_t> bytes;
  bool is_broken = false;
  int writes = 0, flushes = 0, unmaps = 0;

 private:
  bool read_only_;
};

struct BlockFixture : testing::Test {
  explicit BlockFixture(bool read_only = false, uint64_t latency = 0)
      : disk(new MemoryDisk(read_only)),
        block(dma, clock, std::unique_ptr<Disk>(disk), {.latency_ns = latency, .id = "disk-1"}) {}

  void start(uint64_t features = kFeatureFlush) { ASSERT_TRUE(driver.start({8}, features)); }

  void put_header(uint32_t type, uint64_t sector, uint64_t at = kHeader) {
    dma.put<uint32_t>(at, type);
    dma.put<uint32_t>(at + 4, 0);
    dma.put<uint64_t>(at + 8, sector);
  }
  // Header, data in one piece, status.
  void submit(uint32_t type, uint64_t sector, uint32_t bytes) {
    put_header(type, sector);
    dma.put<uint8_t>(kStatusByte, 0xff);
    const bool to_guest = type == kIn || type == kGetId;
    if (bytes == 0) {
      driver.add(0, {{kHeader, 16, false}, {kStatusByte, 1, true}});
    } else {
      driver.add(0, {{kHeader, 16, false}, {kData, bytes, to_guest}, {kStatusByte, 1, true}});
    }
    dma.watch();
    driver.notify(0);
    EXPECT_EQ(dma.unannounced_change(), std::nullopt);
  }
  // Do a request and return its status; the used length goes to used_length.
  uint8_t request(uint32_t type, uint64_t sector, uint32_t bytes) {
    submit(type, sector, bytes);
    const auto used = driver.take_used(0);
    EXPECT_TRUE(used.has_value());
    used_length = used ? used->length : 0;
    return dma.get<uint8_t>(kStatusByte);
  }
  uint8_t clear_request(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags) {
    dma.put<uint64_t>(kData, sector);
    dma.put<uint32_t>(kData + 8, sectors);
    dma.put<uint32_t>(kData + 12, flags);
    return request(type, 0, 16);
  }
  std::vector<uint8_t> guest(uint64_t address, size_t count) {
    return {dma.at(address), dma.at(address) + count};
  }

  FakeDma dma;
  fake::ManualClock clock;
  MemoryDisk* disk;  // owned by block
  VirtioBlock block;
  bool line = false;
  VirtioMmio mmio{&block, IrqLine([this](bool level) { line = level; })};
  Driver driver{mmio, dma};
  uint32_t used_length = 0;
};

}  // namespace rvx::test
