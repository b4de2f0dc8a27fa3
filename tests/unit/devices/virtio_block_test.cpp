// Tests of virtio-blk: requests, statuses, configuration, deadlines, snapshots.
#include "devices/virtio/block.hpp"

#include <gtest/gtest.h>

#include "virtio_driver.hpp"

namespace rvx::test {
namespace {

constexpr uint64_t kHeader = Driver::kFreeRam;
constexpr uint64_t kStatusByte = Driver::kFreeRam + 0x100;
constexpr uint64_t kData = Driver::kFreeRam + 0x1000;

constexpr uint32_t kIn = 0, kOut = 1, kFlush = 4, kGetId = 8, kDiscard = 11, kWriteZeroes = 13;
constexpr uint8_t kOk = 0, kIoError = 1, kUnsupported = 2;

constexpr uint64_t kFeatureFlush = 1 << 9;

constexpr uint64_t kSectors = 64;

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

struct VirtioBlockTest : testing::Test {
  explicit VirtioBlockTest(bool read_only = false, uint64_t latency = 0)
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
  FakeClock clock;
  MemoryDisk* disk;  // owned by block
  VirtioBlock block;
  bool line = false;
  VirtioMmio mmio{&block, IrqLine([this](bool level) { line = level; })};
  Driver driver{mmio, dma};
  uint32_t used_length = 0;
};

struct VirtioBlockReadOnlyTest : VirtioBlockTest {
  VirtioBlockReadOnlyTest() : VirtioBlockTest(true) {}
};

constexpr uint64_t kLatency = 1000;
struct VirtioBlockDelayTest : VirtioBlockTest {
  VirtioBlockDelayTest() : VirtioBlockTest(false, kLatency) {}
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
  EXPECT_EQ(request(kDiscard, 0, 17 * 16), kIoError) << "more than max_discard_seg";
}

// --- Time ---------------------------------------------------------------------------------------

TEST_F(VirtioBlockTest, WithoutLatencyTheClockIsNotUsed) {
  start();
  EXPECT_EQ(request(kIn, 0, 512), kOk);
  EXPECT_EQ(clock.pending(), 0u);
}

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
  clock.advance_to(2 * kLatency);
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
    EXPECT_EQ(clock.pending(), 1u);
  }
  clock.advance_to(2 * kLatency);
}

TEST_F(VirtioBlockDelayTest, RequestInFlightSurvivesSaveAndLoad) {
  start();
  submit(kIn, 5, 512);
  clock.advance_to(kLatency / 2);
  const State state = save(mmio, block);

  FakeClock other_clock;
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

// --- Real disks ---------------------------------------------------------------------------------

TEST(VirtioBlockFileTest, GuestWritesToACopyOnWriteDiskLeaveTheFileAlone) {
  char path[] = "/tmp/rvx-block-XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  const std::vector<uint8_t> original(8 * 512, 0x11);
  ASSERT_EQ(::write(fd, original.data(), original.size()), static_cast<ssize_t>(original.size()));

  for (const DiskMode mode : {DiskMode::kCopyOnWrite, DiskMode::kReadWrite}) {
    FakeDma dma;
    FakeClock clock;
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
