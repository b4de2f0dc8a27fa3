// Tests of disk images: opening errors, locks, rounding, copy-on-write.
#include "devices/virtio/disk.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace rvx::test {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

struct DiskTest : testing::Test {
  DiskTest() {
    std::string name = (fs::temp_directory_path() / "rvx-disk-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~DiskTest() override { fs::remove_all(folder); }

  std::string make(const std::string& name, const std::string& content) const {
    std::ofstream(folder / name) << content;
    return (folder / name).string();
  }
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static std::unique_ptr<Disk> open(const std::string& path, DiskMode mode) {
    DiskOpening opening = open_disk(path, mode);
    EXPECT_EQ(opening.error, "");
    return std::move(opening.disk);
  }
  static std::string error(const std::string& path, DiskMode mode) {
    DiskOpening opening = open_disk(path, mode);
    EXPECT_EQ(opening.disk, nullptr);
    return opening.error;
  }
  static Bytes read(Disk& disk, uint64_t sector, uint64_t sectors) {
    Bytes bytes(sectors * kSectorBytes, 0xee);
    EXPECT_TRUE(disk.read(sector * kSectorBytes, bytes));
    return bytes;
  }
  static void write(Disk& disk, uint64_t sector, uint64_t sectors, uint8_t value) {
    EXPECT_TRUE(disk.write(sector * kSectorBytes, Bytes(sectors * kSectorBytes, value)));
  }
  static Bytes all(uint64_t sectors, uint8_t value) { return Bytes(sectors * kSectorBytes, value); }

  fs::path folder;
};

constexpr DiskMode kModes[] = {DiskMode::kReadWrite, DiskMode::kReadOnly, DiskMode::kCopyOnWrite};

// --- Opening ------------------------------------------------------------------------------------

TEST_F(DiskTest, MissingFileIsAnErrorInEveryMode) {
  for (const DiskMode mode : kModes) EXPECT_EQ(error(folder / "none", mode), "no such file");
}

TEST_F(DiskTest, DirectoryIsAnErrorInEveryMode) {
  for (const DiskMode mode : kModes) EXPECT_EQ(error(folder, mode), "is a directory");
}

TEST_F(DiskTest, EmptyFileIsAnErrorInEveryMode) {
  const std::string path = make("empty", "");
  for (const DiskMode mode : kModes) EXPECT_EQ(error(path, mode), "is empty");
}

TEST_F(DiskTest, NamedPipeIsAnErrorAndDoesNotBlock) {
  const std::string path = folder / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  for (const DiskMode mode : kModes) {
    EXPECT_EQ(error(path, mode), "neither a file nor a block device");
  }
}

// Permissions mean nothing to root, so give that up for the duration.
struct WithoutPrivileges {
  WithoutPrivileges() : user(geteuid()) {
    if (user == 0 && seteuid(65534) != 0) std::abort();
  }
  ~WithoutPrivileges() {
    if (user == 0 && seteuid(user) != 0) std::abort();
  }
  uid_t user;
};

TEST_F(DiskTest, UnreadableFileIsAnErrorInEveryMode) {
  const std::string path = make("secret", std::string(512, 'x'));
  fs::permissions(folder, fs::perms::all);
  fs::permissions(path, fs::perms::none);
  const WithoutPrivileges guard;
  EXPECT_EQ(error(path, DiskMode::kReadOnly), "no permission to read it");
  EXPECT_EQ(error(path, DiskMode::kCopyOnWrite), "no permission to read it");
  EXPECT_NE(error(path, DiskMode::kReadWrite).find("no permission"), std::string::npos);
}

TEST_F(DiskTest, FileThatCannotBeWrittenStillOpensReadOnlyAndCopyOnWrite) {
  const std::string path = make("protected", std::string(512, 'x'));
  fs::permissions(folder, fs::perms::all);
  fs::permissions(path, fs::perms::others_read | fs::perms::group_read | fs::perms::owner_read);
  const WithoutPrivileges guard;
  EXPECT_NE(error(path, DiskMode::kReadWrite).find("copy-on-write"), std::string::npos);
  EXPECT_NE(open(path, DiskMode::kReadOnly), nullptr);
  EXPECT_NE(open(path, DiskMode::kCopyOnWrite), nullptr);
}

TEST_F(DiskTest, WriterExcludesEveryoneElse) {
  const std::string path = make("disk", std::string(512, 'x'));
  auto writer = open(path, DiskMode::kReadWrite);
  EXPECT_EQ(error(path, DiskMode::kReadWrite), "in use by another machine");
  EXPECT_EQ(error(path, DiskMode::kReadOnly), "being written by another machine");
  EXPECT_EQ(error(path, DiskMode::kCopyOnWrite), "being written by another machine");
  writer.reset();
  EXPECT_NE(open(path, DiskMode::kReadWrite), nullptr);
}

TEST_F(DiskTest, ReadersShareAndExcludeWriters) {
  const std::string path = make("disk", std::string(512, 'x'));
  const auto one = open(path, DiskMode::kCopyOnWrite);
  const auto two = open(path, DiskMode::kCopyOnWrite);
  const auto three = open(path, DiskMode::kReadOnly);
  EXPECT_EQ(error(path, DiskMode::kReadWrite), "in use by another machine");
}

TEST_F(DiskTest, SizeIsRoundedUpToSectorsAndTheRestReadsAsZeros) {
  const std::string path = make("odd", std::string(700, 'x'));
  for (const DiskMode mode : kModes) {
    const auto disk = open(path, mode);
    ASSERT_EQ(disk->size(), 1024u);
    Bytes expected = all(1, 0);
    std::fill_n(expected.begin(), 700 - 512, 'x');
    EXPECT_EQ(read(*disk, 1, 1), expected);
  }
  EXPECT_EQ(fs::file_size(path), 700u);
}

TEST_F(DiskTest, WriteToTheRoundedSectorMakesTheFileWhole) {
  const std::string path = make("odd", std::string(700, 'x'));
  auto disk = open(path, DiskMode::kReadWrite);
  write(*disk, 1, 1, 'y');
  EXPECT_EQ(content(path), std::string(512, 'x') + std::string(512, 'y'));
}

// --- Modes --------------------------------------------------------------------------------------

TEST_F(DiskTest, ReadWriteGoesToTheFile) {
  const std::string path = make("disk", std::string(2048, 'x'));
  auto disk = open(path, DiskMode::kReadWrite);
  EXPECT_FALSE(disk->is_read_only());
  write(*disk, 1, 2, 'y');
  EXPECT_TRUE(disk->flush());
  EXPECT_EQ(content(path), std::string(512, 'x') + std::string(1024, 'y') + std::string(512, 'x'));
  EXPECT_TRUE(disk->private_extents().empty());
}

TEST_F(DiskTest, ReadOnlyRefusesEveryChange) {
  const std::string path = make("disk", std::string(1024, 'x'));
  auto disk = open(path, DiskMode::kReadOnly);
  EXPECT_TRUE(disk->is_read_only());
  EXPECT_FALSE(disk->write(0, all(1, 'y')));
  EXPECT_FALSE(disk->write_zeros(0, 512, true));
  EXPECT_FALSE(disk->discard(0, 512));
  EXPECT_TRUE(disk->flush());
  EXPECT_EQ(content(path), std::string(1024, 'x'));
}

TEST_F(DiskTest, CopyOnWriteNeverTouchesTheFile) {
  const std::string path = make("disk", std::string(64 * 512 + 100, 'x'));
  const auto before_time = fs::last_write_time(path);
  const std::string before = content(path);
  {
    auto disk = open(path, DiskMode::kCopyOnWrite);
    write(*disk, 0, 3, 'a');
    write(*disk, 64, 1, 'b');
    EXPECT_TRUE(disk->write_zeros(10 * 512, 5 * 512, true));
    EXPECT_TRUE(disk->write_zeros(20 * 512, 5 * 512, false));
    EXPECT_TRUE(disk->discard(30 * 512, 5 * 512));
    EXPECT_TRUE(disk->flush());
    EXPECT_EQ(read(*disk, 0, 3), all(3, 'a'));
    EXPECT_EQ(read(*disk, 64, 1), all(1, 'b'));
  }
  EXPECT_EQ(content(path), before);
  EXPECT_EQ(fs::last_write_time(path), before_time);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "nothing is left beside it";
}

TEST_F(DiskTest, CopyOnWriteForgetsItsChangesWhenClosed) {
  const std::string path = make("disk", std::string(1024, 'x'));
  write(*open(path, DiskMode::kCopyOnWrite), 0, 2, 'y');
  EXPECT_EQ(read(*open(path, DiskMode::kCopyOnWrite), 0, 2), all(2, 'x'));
}

TEST_F(DiskTest, WrittenZerosReadAsZerosWithAndWithoutDeallocation) {
  for (const DiskMode mode : {DiskMode::kReadWrite, DiskMode::kCopyOnWrite}) {
    for (const bool deallocate : {false, true}) {
      const std::string path = make("disk", std::string(20 * 512, 'x'));
      auto disk = open(path, mode);
      EXPECT_TRUE(disk->write_zeros(3 * 512, 10 * 512, deallocate));
      EXPECT_EQ(read(*disk, 2, 1), all(1, 'x'));
      EXPECT_EQ(read(*disk, 3, 10), all(10, 0));
      EXPECT_EQ(read(*disk, 13, 1), all(1, 'x'));
    }
  }
}

// Random writes, zeros and reads of all alignments against a plain copy in memory.
TEST_F(DiskTest, CopyOnWriteReadsWhatWasWrittenLast) {
  constexpr uint64_t kSectors = 300;
  const std::string path = make("disk", std::string(kSectors * 512, 'x'));
  auto disk = open(path, DiskMode::kCopyOnWrite);
  Bytes model = all(kSectors, 'x');
  std::vector<bool> changed(kSectors);
  uint64_t state = 1;
  const auto random = [&](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int i = 0; i < 400; ++i) {
    const uint64_t sector = random(kSectors);
    const uint64_t count = 1 + random(std::min<uint64_t>(kSectors - sector, i % 8 == 0 ? 200 : 6));
    const auto value = static_cast<uint8_t>(random(256));
    const auto at = model.begin() + static_cast<long>(sector * 512);
    switch (random(3)) {
      case 0:
        write(*disk, sector, count, value);
        std::fill_n(at, count * 512, value);
        std::fill_n(changed.begin() + static_cast<long>(sector), count, true);
        break;
      case 1:
        if (i % 4 != 0) break;
        ASSERT_TRUE(disk->write_zeros(sector * 512, count * 512, true));
        std::fill_n(at, count * 512, 0);
        std::fill_n(changed.begin() + static_cast<long>(sector), count, true);
        break;
      default:
        ASSERT_EQ(read(*disk, sector, count), Bytes(at, at + static_cast<long>(count * 512)));
    }
    if (i % 50 == 0) {
      // The extents are exactly the changed sectors, and in order.
      std::vector<bool> reported(kSectors);
      uint64_t last_end = 0;
      for (const Disk::Extent& extent : disk->private_extents()) {
        EXPECT_TRUE(last_end == 0 || extent.offset > last_end) << "adjacent extents are joined";
        last_end = extent.offset + extent.length;
        std::fill_n(reported.begin() + static_cast<long>(extent.offset / 512), extent.length / 512,
                    true);
      }
      EXPECT_EQ(reported, changed);
    }
  }
  EXPECT_EQ(read(*disk, 0, kSectors), model);
}

TEST_F(DiskTest, CopyOnWriteOfAHugeSparseDiskCostsOnlyWhatIsWritten) {
  const std::string path = make("huge", "x");
  ASSERT_EQ(truncate(path.c_str(), off_t{1} << 40), 0);
  auto disk = open(path, DiskMode::kCopyOnWrite);
  const uint64_t last = disk->size() / kSectorBytes - 1;
  write(*disk, last, 1, 'z');
  EXPECT_EQ(read(*disk, last, 1), all(1, 'z'));
  ASSERT_EQ(disk->private_extents().size(), 1u);
  EXPECT_EQ(disk->private_extents()[0].offset, last * kSectorBytes);
}

}  // namespace
}  // namespace rvx::test
