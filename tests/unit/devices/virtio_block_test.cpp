// Tests of virtio-blk: configuration, requests and their statuses, and disks that are real files.
#include "devices/virtio/block.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

#include "virtio_block_fixture.hpp"

namespace rvx::test {
namespace {

using VirtioBlockTest = BlockFixture;

struct VirtioBlockReadOnlyTest : BlockFixture {
  VirtioBlockReadOnlyTest() : BlockFixture(true) {}
};

// --- Identity -----------------------------------------------------------------------------------

TEST_F(VirtioBlockTest, IsDeviceType2WithOneQueue) {
  EXPECT_EQ(driver.get(kDeviceId), 2u);
  driver.set(kQueueSel, 1);
  EXPECT_EQ(driver.get(kQueueNumMax), 0u);
}

TEST_F(VirtioBlockTest, WritableDiskOffersFlushDiscardAndWriteZeroes) {
  const uint64_t low = driver.offered() & 0xffffff;
  EXPECT_EQ(low, 1u << 2 | 1u << 6 | 1u << 9 | 1u << 13 | 1u << 14);
}

TEST_F(VirtioBlockReadOnlyTest, ReadOnlyDiskSaysSo) {
  const uint64_t low = driver.offered() & 0xffffff;
  EXPECT_EQ(low, 1u << 2 | 1u << 5 | 1u << 6 | 1u << 9);
}

TEST_F(VirtioBlockTest, ConfigurationHasCapacityAndLimits) {
  EXPECT_EQ(driver.get(kConfig), kSectors);
  EXPECT_EQ(driver.get(kConfig + 4), 0u);
  EXPECT_EQ(driver.get(kConfig + 12), driver.get(kQueueNumMax) - 2);  // seg_max
  EXPECT_EQ(driver.get(kConfig + 20), 512u);                          // blk_size
  EXPECT_GT(driver.get(kConfig + 36), 0u);                            // max_discard_sectors
  EXPECT_GT(driver.get(kConfig + 48), 0u);                            // max_write_zeroes_sectors
}

// --- Reading and writing ------------------------------------------------------------------------

TEST_F(VirtioBlockTest, ReadFillsTheBufferFromTheSector) {
  start();
  EXPECT_EQ(request(kIn, 5, 1024), kOk);
  EXPECT_EQ(guest(kData, 512), std::vector<uint8_t>(512, 5));
  EXPECT_EQ(guest(kData + 512, 512), std::vector<uint8_t>(512, 6));
  EXPECT_EQ(guest(kData + 1024, 1), std::vector<uint8_t>(1, 0));
  EXPECT_EQ(used_length, 1025u);
  EXPECT_TRUE(line);
}

TEST_F(VirtioBlockTest, WriteStoresTheBufferAtTheSector) {
  start();
  std::memset(dma.at(kData), 0x77, 1024);
  EXPECT_EQ(request(kOut, 5, 1024), kOk);
  EXPECT_EQ(disk->bytes[5 * 512 - 1], 4);
  EXPECT_EQ(disk->bytes[5 * 512], 0x77);
  EXPECT_EQ(disk->bytes[7 * 512 - 1], 0x77);
  EXPECT_EQ(disk->bytes[7 * 512], 7);
  EXPECT_EQ(used_length, 1u);
}

TEST_F(VirtioBlockTest, LastSectorIsReadable) {
  start();
  EXPECT_EQ(request(kIn, kSectors - 1, 512), kOk);
}

// "The device MUST NOT make assumptions about the particular arrangement of descriptors."
TEST_F(VirtioBlockTest, FramingIsArbitrary) {
  start();
  put_header(kIn, 9);
  driver.add(0, {{kHeader, 7, false},
                 {kHeader + 7, 9, false},
                 {kData, 100, true},
                 {kData + 0x400, 800, true},
                 {kData + 0x800, 125, true}});  // 1024 bytes of data and the status
  driver.notify(0);
  ASSERT_EQ(driver.take_used(0), (Used{0, 1025}));
  EXPECT_EQ(guest(kData, 100), std::vector<uint8_t>(100, 9));
  EXPECT_EQ(guest(kData + 0x400, 412), std::vector<uint8_t>(412, 9));
  EXPECT_EQ(guest(kData + 0x400 + 412, 388), std::vector<uint8_t>(388, 10));
  EXPECT_EQ(guest(kData + 0x800, 124), std::vector<uint8_t>(124, 10));
  EXPECT_EQ(dma.get<uint8_t>(kData + 0x800 + 124), kOk);

  put_header(kOut, 20, kData);
  std::memset(dma.at(kData + 16), 0x5a, 700);
  std::memset(dma.at(kData + 0x800), 0xa5, 324);
  driver.add(0, {{kData, 716, false}, {kData + 0x800, 324, false}, {kStatusByte, 1, true}});
  driver.notify(0);
  ASSERT_TRUE(driver.take_used(0).has_value());
  EXPECT_EQ(disk->bytes[20 * 512], 0x5a);
  EXPECT_EQ(disk->bytes[20 * 512 + 699], 0x5a);
  EXPECT_EQ(disk->bytes[20 * 512 + 700], 0xa5);
  EXPECT_EQ(disk->bytes[22 * 512 - 1], 0xa5);
  EXPECT_EQ(disk->bytes[22 * 512], 22);
}

TEST_F(VirtioBlockTest, IndirectRequestsWork) {
  start(kVirtioFIndirectDesc);
  put_header(kIn, 3);
  const uint64_t table = kData + 0x4000;
  dma.put(table, Desc{kHeader, 16, kNext, 1});
  dma.put(table + 16, Desc{kData, 512, kNext | kWrite, 2});
  dma.put(table + 32, Desc{kStatusByte, 1, kWrite, 0});
  driver.put_desc(0, 0, {table, 48, kIndirect, 0});
  driver.expose(0, 0);
  driver.notify(0);
  EXPECT_EQ(driver.take_used(0), (Used{0, 513}));
  EXPECT_EQ(dma.get<uint8_t>(kData), 3);
}

// --- Errors -------------------------------------------------------------------------------------

TEST_F(VirtioBlockTest, AccessBeyondTheDiskIsAnIoError) {
  start();
  for (const uint64_t sector :
       {kSectors, kSectors - 1, ~uint64_t{0}, uint64_t{1} << 55, (uint64_t{1} << 55) - 1}) {
    EXPECT_EQ(request(kIn, sector, 1024), kIoError) << sector;
    EXPECT_EQ(request(kOut, sector, 1024), kIoError) << sector;
  }
  EXPECT_EQ(disk->writes, 0);
  EXPECT_FALSE(driver.needs_reset());
}

TEST_F(VirtioBlockTest, DataThatIsNotWholeSectorsIsAnIoError) {
  start();
  for (const uint32_t bytes : {1u, 511u, 513u}) {
    EXPECT_EQ(request(kIn, 0, bytes), kIoError);
    EXPECT_EQ(request(kOut, 0, bytes), kIoError);
  }
  EXPECT_EQ(disk->writes, 0);
}

TEST_F(VirtioBlockTest, FailedReadDoesNotVouchForTheBuffer) {
  start();
  EXPECT_EQ(request(kIn, kSectors, 512), kIoError);
  EXPECT_EQ(used_length, 0u);
}

TEST_F(VirtioBlockTest, HostErrorIsAnIoError) {
  start();
  disk->is_broken = true;
  EXPECT_EQ(request(kIn, 0, 512), kIoError);
  EXPECT_EQ(request(kOut, 0, 512), kIoError);
  EXPECT_EQ(request(kFlush, 0, 0), kIoError);
  EXPECT_EQ(clear_request(kWriteZeroes, 0, 1, 0), kIoError);
  EXPECT_EQ(clear_request(kDiscard, 0, 1, 0), kIoError);
}

TEST_F(VirtioBlockTest, UnknownRequestIsUnsupported) {
  start();
  for (const uint32_t type : {2u, 3u, 10u, 14u, 0xffffffffu})
    EXPECT_EQ(request(type, 0, 0), kUnsupported);
}

TEST_F(VirtioBlockTest, RequestWithoutRoomForItsHeaderOrStatusNeedsReset) {
  const std::vector<std::vector<Buffer>> requests = {
      {{kHeader, 15, false}, {kStatusByte, 1, true}},
      {{kHeader, 16, false}},
      {{kStatusByte, 1, true}},
      {{kHeader, 0, false}},
  };
  for (const auto& buffers : requests) {
    start();
    put_header(kIn, 0);
    driver.add(0, buffers);
    driver.notify(0);
    EXPECT_TRUE(driver.needs_reset());
    EXPECT_EQ(mmio.failure(), QueueError::kBadRequest);
    EXPECT_FALSE(driver.take_used(0).has_value());
  }
}

TEST_F(VirtioBlockReadOnlyTest, WritesAreIoErrorsAndChangeNothing) {
  start();
  EXPECT_EQ(request(kOut, 0, 512), kIoError);
  EXPECT_EQ(clear_request(kWriteZeroes, 0, 1, 0), kIoError);
  EXPECT_EQ(clear_request(kDiscard, 0, 1, 0), kIoError);
  EXPECT_EQ(disk->writes, 0);
  EXPECT_EQ(disk->bytes[512], 1);
  EXPECT_EQ(request(kIn, 1, 512), kOk);
}

// --- Other requests -----------------------------------------------------------------------------

TEST_F(VirtioBlockTest, FlushReachesTheDisk) {
  start();
  EXPECT_EQ(request(kFlush, 0, 0), kOk);
  EXPECT_EQ(disk->flushes, 1);
  EXPECT_EQ(used_length, 1u);
}

TEST_F(VirtioBlockTest, WritesAreStableAtOnceForADriverThatCannotFlush) {
  start(0);
  EXPECT_EQ(request(kOut, 0, 512), kOk);
  EXPECT_EQ(disk->flushes, 1);
  start(kFeatureFlush);
  EXPECT_EQ(request(kOut, 0, 512), kOk);
  EXPECT_EQ(disk->flushes, 1);
}

TEST_F(VirtioBlockTest, GetIdGivesThePaddedName) {
  start();
  std::memset(dma.at(kData), 0xff, 32);
  EXPECT_EQ(request(kGetId, 0, 20), kOk);
  EXPECT_EQ(std::memcmp(dma.at(kData), "disk-1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20), 0);
  EXPECT_EQ(used_length, 21u);
  std::memset(dma.at(kData), 0xff, 32);
  EXPECT_EQ(request(kGetId, 0, 4), kOk);
  EXPECT_EQ(std::memcmp(dma.at(kData), "disk\xff", 5), 0);
  EXPECT_EQ(request(kGetId, 0, 32), kOk);
  EXPECT_EQ(dma.get<uint8_t>(kData + 20), 0xff);
  EXPECT_EQ(used_length, 20u) << "the status lies after a gap";
}

TEST_F(VirtioBlockTest, WriteZeroesClearsItsRange) {
  start();
  EXPECT_EQ(clear_request(kWriteZeroes, 10, 2, 0), kOk);
  EXPECT_EQ(disk->bytes[10 * 512 - 1], 9);
  EXPECT_EQ(disk->bytes[10 * 512], 0);
  EXPECT_EQ(disk->bytes[12 * 512 - 1], 0);
  EXPECT_EQ(disk->bytes[12 * 512], 12);
  EXPECT_EQ(disk->unmaps, 0);
  EXPECT_EQ(clear_request(kWriteZeroes, 20, 1, 1), kOk);
  EXPECT_EQ(disk->unmaps, 1);
}

TEST_F(VirtioBlockTest, DiscardTakesSeveralRanges) {
  start();
  for (uint32_t i = 0; i < 3; ++i) {
    dma.put<uint64_t>(kData + 16 * i, 10 * i);
    dma.put<uint32_t>(kData + 16 * i + 8, 1);
    dma.put<uint32_t>(kData + 16 * i + 12, 0);
  }
  EXPECT_EQ(request(kDiscard, 0, 48), kOk);
  for (const size_t sector : {0, 10, 20}) EXPECT_EQ(disk->bytes[sector * 512], 0xdd);
  EXPECT_EQ(disk->bytes[11 * 512], 11);
}

TEST_F(VirtioBlockTest, UnknownFlagsOfARangeAreUnsupported) {
  start();
  EXPECT_EQ(clear_request(kWriteZeroes, 0, 1, 2), kUnsupported);
  EXPECT_EQ(clear_request(kDiscard, 0, 1, 1), kUnsupported) << "unmap means nothing for a discard";
  EXPECT_EQ(disk->bytes[512], 1);
}

TEST_F(VirtioBlockTest, BadRangesAreIoErrors) {
  start();
  EXPECT_EQ(clear_request(kDiscard, kSectors - 1, 2, 0), kIoError);
  EXPECT_EQ(clear_request(kDiscard, ~uint64_t{0}, 1, 0), kIoError);
  EXPECT_EQ(clear_request(kWriteZeroes, 0, 0xffffffff, 0), kIoError);
  EXPECT_EQ(request(kDiscard, 0, 15), kIoError);
  EXPECT_EQ(request(kDiscard, 0, 0), kIoError);
  std::memset(dma.at(kData), 0, 17 * 16);
  EXPECT_EQ(request(kDiscard, 0, 16 * 16), kOk);
  EXPECT_EQ(request(kDiscard, 0, 17 * 16), kIoError) << "more than max_discard_seg";
}

// Terabytes of nothing that remember the longest range they were asked to clear.
class HugeDisk final : public Disk {
 public:
  uint64_t size() const noexcept override { return uint64_t{1} << 42; }
  bool is_read_only() const noexcept override { return false; }
  bool read(uint64_t, std::span<uint8_t>) noexcept override { return false; }
  bool write(uint64_t, std::span<const uint8_t>) noexcept override { return false; }
  bool write_zeros(uint64_t, uint64_t length, bool) noexcept override { return note(length); }
  bool discard(uint64_t, uint64_t length) noexcept override { return note(length); }
  bool flush() noexcept override { return true; }
  uint64_t longest = 0;

 private:
  bool note(uint64_t length) {
    longest = std::max(longest, length);
    return true;
  }
};

TEST(VirtioBlockHugeTest, RangeLongerThanTheConfiguredMaximumIsAnIoError) {
  FakeDma dma;
  fake::ManualClock clock;
  auto* disk = new HugeDisk;
  VirtioBlock block(dma, clock, std::unique_ptr<Disk>(disk), {});
  VirtioMmio mmio(&block, IrqLine());
  Driver driver(mmio, dma);
  for (const auto& [type, config_offset] :
       {std::pair{kDiscard, 36u}, std::pair{kWriteZeroes, 48u}}) {
    ASSERT_TRUE(driver.start({8}, kFeatureFlush));
    const uint32_t most = driver.get(kConfig + config_offset);
    for (const uint32_t sectors : {most, most + 1}) {
      dma.put<uint32_t>(kHeader, type);
      dma.put<uint64_t>(kData, 0);
      dma.put<uint32_t>(kData + 8, sectors);
      driver.add(0, {{kHeader, 16, false}, {kData, 16, false}, {kStatusByte, 1, true}});
      driver.notify(0);
      EXPECT_EQ(dma.get<uint8_t>(kStatusByte), sectors == most ? kOk : kIoError);
    }
    EXPECT_EQ(disk->longest, uint64_t{most} * 512);
    disk->longest = 0;
  }
}

TEST_F(VirtioBlockTest, WithoutLatencyTheClockIsNotUsed) {
  start();
  EXPECT_EQ(request(kIn, 0, 512), kOk);
  EXPECT_EQ(clock.actions.size(), 0u);
}

// --- Real disks ---------------------------------------------------------------------------------

TEST(VirtioBlockFileTest, GuestWritesToACopyOnWriteDiskLeaveTheFileAlone) {
  char path[] = "/tmp/rvx-block-XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  const std::vector<uint8_t> original(8 * 512, 0x11);
  ASSERT_EQ(::write(fd, original.data(), original.size()), static_cast<ssize_t>(original.size()));

  for (const DiskMode mode : {DiskMode::kCopyOnWrite, DiskMode::kReadWrite}) {
    FakeDma dma;
    fake::ManualClock clock;
    VirtioBlock block(dma, clock, open_disk(path, mode).disk, {});
    VirtioMmio mmio(&block, IrqLine());
    Driver driver(mmio, dma);
    ASSERT_TRUE(driver.start({8}));
    dma.put<uint32_t>(kHeader, kOut);
    dma.put<uint64_t>(kHeader + 8, 2);
    std::memset(dma.at(kData), 0x22, 512);
    driver.add(0, {{kHeader, 16, false}, {kData, 512, false}, {kStatusByte, 1, true}});
    driver.notify(0);
    ASSERT_TRUE(driver.take_used(0).has_value());
    EXPECT_EQ(dma.get<uint8_t>(kStatusByte), kOk);

    dma.put<uint32_t>(kHeader, kIn);
    driver.add(0, {{kHeader, 16, false}, {kData + 512, 512, true}, {kStatusByte, 1, true}});
    driver.notify(0);
    EXPECT_EQ(std::memcmp(dma.at(kData), dma.at(kData + 512), 512), 0);

    std::vector<uint8_t> now(original.size());
    ASSERT_EQ(pread(fd, now.data(), now.size(), 0), static_cast<ssize_t>(now.size()));
    EXPECT_EQ(now == original, mode == DiskMode::kCopyOnWrite);
  }
  close(fd);
  unlink(path);
}

}  // namespace
}  // namespace rvx::test
