// Disk images of the host: opening with its errors, raw files, and the copy-on-write overlay.
#include "devices/virtio/disk.hpp"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace rvx {

namespace {

class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

  // Bytes beyond the end of the file read as zeros.
  [[nodiscard]] bool read(uint64_t offset, std::span<uint8_t> to) const noexcept {
    while (!to.empty()) {
      const ssize_t got = pread(fd_, to.data(), to.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      if (got == 0) {
        std::memset(to.data(), 0, to.size());
        return true;
      }
      to = to.subspan(static_cast<size_t>(got));
      offset += static_cast<uint64_t>(got);
    }
    return true;
  }

  [[nodiscard]] bool write(uint64_t offset, std::span<const uint8_t> from) const noexcept {
    while (!from.empty()) {
      const ssize_t put = pwrite(fd_, from.data(), from.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      from = from.subspan(static_cast<size_t>(put));
      offset += static_cast<uint64_t>(put);
    }
    return true;
  }

  [[nodiscard]] bool punch_hole(uint64_t offset, uint64_t length) const noexcept {
    return allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
  }

  [[nodiscard]] bool write_zeros(uint64_t offset, uint64_t length) const noexcept {
    if (allocate(FALLOC_FL_ZERO_RANGE, offset, length)) return true;
    static constexpr std::array<uint8_t, 65536> kZeros{};
    while (length != 0) {
      const uint64_t piece = std::min<uint64_t>(length, kZeros.size());
      if (!write(offset, std::span(kZeros).first(piece))) return false;
      offset += piece;
      length -= piece;
    }
    return true;
  }

 private:
  [[nodiscard]] bool allocate(int how, uint64_t offset, uint64_t length) const noexcept {
    return fallocate(fd_, how, static_cast<off_t>(offset), static_cast<off_t>(length)) == 0;
  }

  int fd_;
};

// --- Raw ----------------------------------------------------------------------------------------

class RawDisk final : public Disk {
 public:
  RawDisk(File file, uint64_t size, bool read_only) noexcept
      : file_(std::move(file)), size_(size), read_only_(read_only) {}

  uint64_t size() const noexcept override { return size_; }
  bool is_read_only() const noexcept override { return read_only_; }

  bool read(uint64_t offset, std::span<uint8_t> to) noexcept override {
    return file_.read(offset, to);
  }
  bool write(uint64_t offset, std::span<const uint8_t> from) noexcept override {
    return !read_only_ && file_.write(offset, from);
  }
  bool write_zeros(uint64_t offset, uint64_t length, bool deallocate) noexcept override {
    if (read_only_) return false;
    if (deallocate && file_.punch_hole(offset, length)) return true;
    return file_.write_zeros(offset, length);
  }
  bool discard(uint64_t offset, uint64_t length) noexcept override {
    if (read_only_) return false;
    // Only a hint: a host file system without holes keeps the old bytes.
    static_cast<void>(file_.punch_hole(offset, length));
    return true;
  }
  bool flush() noexcept override { return read_only_ || fdatasync(file_.fd()) == 0; }

 private:
  File file_;
  uint64_t size_;
  bool read_only_;
};

// --- Copy on write ------------------------------------------------------------------------------

// Which sectors are in the overlay: one bit each, in words of 64 sectors that exist once one is
// set.
class SectorSet {
 public:
  static constexpr uint64_t kSectorsPerWord = 64;

  void insert(uint64_t sector, uint64_t count) {
    while (count != 0) {
      const uint64_t bit = sector % kSectorsPerWord;
      const uint64_t here = std::min(count, kSectorsPerWord - bit);
      words_[sector / kSectorsPerWord] |= mask(here) << bit;
      sector += here;
      count -= here;
    }
  }

  // Whether `sector` is in the set, and how many of the `count` from there on are alike.
  [[nodiscard]] std::pair<bool, uint64_t> run(uint64_t sector, uint64_t count) const {
    const bool inside = (word(sector) >> (sector % kSectorsPerWord) & 1) != 0;
    uint64_t length = 0;
    while (length < count) {
      const uint64_t at = sector + length;
      const uint64_t bit = at % kSectorsPerWord;
      const uint64_t rest = (inside ? word(at) : ~word(at)) >> bit;
      const auto alike = static_cast<uint64_t>(std::countr_one(rest));
      const uint64_t here = std::min(alike, kSectorsPerWord - bit);
      length += here;
      if (here < kSectorsPerWord - bit) break;
    }
    return {inside, std::min(length, count)};
  }

  [[nodiscard]] std::vector<uint64_t> word_numbers() const {
    std::vector<uint64_t> numbers;
    numbers.reserve(words_.size());
    for (const auto& [number, bits] : words_) numbers.push_back(number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

 private:
  static uint64_t mask(uint64_t bits) {
    return bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  }
  [[nodiscard]] uint64_t word(uint64_t sector) const {
    const auto found = words_.find(sector / kSectorsPerWord);
    return found == words_.end() ? 0 : found->second;
  }

  std::unordered_map<uint64_t, uint64_t> words_;
};

// The overlay is a sparse file in which each sector stands at its own offset.
class CopyOnWriteDisk final : public Disk {
 public:
  CopyOnWriteDisk(File base, uint64_t size, File overlay)
      : base_(std::move(base)), overlay_(std::move(overlay)), size_(size) {}

  uint64_t size() const noexcept override { return size_; }
  bool is_read_only() const noexcept override { return false; }

  bool read(uint64_t offset, std::span<uint8_t> to) noexcept override {
    while (!to.empty()) {
      const auto [inside, sectors] = written_.run(offset / kSectorBytes, to.size() / kSectorBytes);
      const uint64_t bytes = sectors * kSectorBytes;
      if (!(inside ? overlay_ : base_).read(offset, to.first(bytes))) return false;
      offset += bytes;
      to = to.subspan(bytes);
    }
    return true;
  }

  bool write(uint64_t offset, std::span<const uint8_t> from) noexcept override {
    if (!overlay_.write(offset, from)) return false;
    written_.insert(offset / kSectorBytes, from.size() / kSectorBytes);
    return true;
  }

  bool write_zeros(uint64_t offset, uint64_t length, bool /*deallocate*/) noexcept override {
    // A hole reads as zeros and costs nothing, so it is always the better zero here.
    if (!overlay_.punch_hole(offset, length) && !overlay_.write_zeros(offset, length)) return false;
    written_.insert(offset / kSectorBytes, length / kSectorBytes);
    return true;
  }

  bool discard(uint64_t offset, uint64_t length) noexcept override {
    return write_zeros(offset, length, true);
  }

  // Nothing here outlives the process, so nothing needs to reach stable storage.
  bool flush() noexcept override { return true; }

  std::vector<Extent> private_extents() const override {
    std::vector<Extent> extents;
    const uint64_t sectors = size_ / kSectorBytes;
    for (const uint64_t number : written_.word_numbers()) {
      uint64_t sector = number * SectorSet::kSectorsPerWord;
      const uint64_t end = std::min(sector + SectorSet::kSectorsPerWord, sectors);
      while (sector < end) {
        const auto [inside, count] = written_.run(sector, end - sector);
        const uint64_t offset = sector * kSectorBytes;
        const uint64_t length = count * kSectorBytes;
        if (inside && !extents.empty() && extents.back().offset + extents.back().length == offset) {
          extents.back().length += length;
        } else if (inside) {
          extents.push_back({offset, length});
        }
        sector += count;
      }
    }
    return extents;
  }

 private:
  File base_;
  File overlay_;
  uint64_t size_;
  SectorSet written_;
};

// --- Opening ------------------------------------------------------------------------------------

std::string reason(int error, DiskMode mode) {
  switch (error) {
    case ENOENT: return "no such file";
    case EISDIR: return "is a directory";
    case EROFS:
    case ETXTBSY: return "cannot be written (open it read-only or copy-on-write)";
    case EACCES:
    case EPERM:
      return mode == DiskMode::kReadWrite
                 ? "no permission to read and write it (read-only or copy-on-write need less)"
                 : "no permission to read it";
    default: return std::strerror(error);
  }
}

// Where the overlay lives: $TMPDIR, else /var/tmp, which is on disk where /tmp may be memory. Where
// no unnamed file can be made, anonymous memory does.
File make_overlay(uint64_t size, std::string& error) {
  const char* chosen = std::getenv("TMPDIR");
  for (const char* folder : {chosen, "/var/tmp", "/tmp"}) {
    if (folder == nullptr || *folder == '\0') continue;
    File file(::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file.fd() >= 0 && ftruncate(file.fd(), static_cast<off_t>(size)) == 0) return file;
  }
  File file(memfd_create("rvx-overlay", MFD_CLOEXEC));
  if (file.fd() >= 0 && ftruncate(file.fd(), static_cast<off_t>(size)) == 0) return file;
  error = std::string("cannot make a temporary file for its changes: ") + std::strerror(errno);
  return File(-1);
}

}  // namespace

DiskOpening open_disk(const std::string& path, DiskMode mode) {
  const bool writes = mode == DiskMode::kReadWrite;
  // O_NONBLOCK: a named pipe is refused below instead of waited for.
  File file(::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) return {nullptr, reason(errno, mode)};

  struct stat status {};
  if (fstat(file.fd(), &status) != 0) return {nullptr, reason(errno, mode)};
  if (S_ISDIR(status.st_mode)) return {nullptr, reason(EISDIR, mode)};
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
    return {nullptr, "neither a file nor a block device"};
  }

  // File systems without locks leave the user to look out.
  if (flock(file.fd(), (writes ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return {nullptr, writes ? "in use by another machine" : "being written by another machine"};
  }

  const off_t end = lseek(file.fd(), 0, SEEK_END);
  if (end < 0) return {nullptr, reason(errno, mode)};
  if (end == 0) return {nullptr, "is empty"};
  const uint64_t size =
      (static_cast<uint64_t>(end) + kSectorBytes - 1) / kSectorBytes * kSectorBytes;

  if (mode != DiskMode::kCopyOnWrite) {
    return {std::make_unique<RawDisk>(std::move(file), size, !writes), {}};
  }
  std::string error;
  File overlay = make_overlay(size, error);
  if (overlay.fd() < 0) return {nullptr, error};
  return {std::make_unique<CopyOnWriteDisk>(std::move(file), size, std::move(overlay)), {}};
}

}  // namespace rvx
