// Reading files that the user named: kinds of files told apart, every failure one line.
#include "machine/file_bytes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "machine/byte_size.hpp"

namespace rvx {
namespace {

// Files up to this size are copied: quick, and safe from being rewritten by a compiler while we
// read. A mapping of a file that shrinks ends in SIGBUS; that risk is left for large ones alone.
constexpr uint64_t kCopyUpTo = 8 * kMiB;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

Error open_error(const std::string& path, int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return not_found_error(
          fmt::format("cannot open {}; there is no such file; check the path", path));
    case EACCES:
      return unusable_error(fmt::format(
          "cannot open {}; permission denied; make it readable, for example with chmod +r", path));
    default:
      return unusable_error(
          fmt::format("cannot open {}; {}; check the path", path, std::strerror(code)));
  }
}

Error read_error(const std::string& path, int code) {
  return unusable_error(
      fmt::format("cannot read {}; {}; check the file system", path, std::strerror(code)));
}

Error empty_error(const std::string& path) {
  return unusable_error(
      fmt::format("{} is empty; there is nothing to load; build or copy it again", path));
}

Error size_error(const std::string& path, uint64_t max_bytes) {
  return unusable_error(fmt::format("{} is too large; at most {} can be used; name a smaller file",
                                    path, byte_size_text(max_bytes)));
}

// Why a file of this type is not read; nullptr when it is.
const char* refusal(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a directory; name a file in it";
  if (S_ISCHR(mode)) return "it is a device; copy what it holds into a file";
  if (S_ISBLK(mode)) return "it is a block device; attach it as a disk instead";
  return nullptr;
}

// Read up to the end, at most `max_bytes`.
Result<std::vector<uint8_t>> read_all(int fd, const std::string& path, uint64_t expected,
                                      uint64_t max_bytes) {
  std::vector<uint8_t> bytes;
  // One more than expected, so that the end of a regular file shows in the second read.
  bytes.resize(expected + 1);
  size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) {
      if (filled > max_bytes) return size_error(path, max_bytes);
      bytes.resize(filled + filled / 2 + 64 * kKiB);
    }
    const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return read_error(path, errno);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  if (filled > max_bytes) return size_error(path, max_bytes);
  if (filled == 0) return empty_error(path);
  bytes.resize(filled);
  return bytes;
}

}  // namespace

FileBytes::FileBytes(std::string name, std::vector<uint8_t> copy)
    : name_(std::move(name)), copy_(std::move(copy)), view_(copy_) {}

FileBytes::FileBytes(std::string name, const uint8_t* mapping, size_t size)
    : name_(std::move(name)), mapping_(mapping), view_(mapping, size) {}

FileBytes::~FileBytes() {
  if (mapping_ != nullptr) ::munmap(const_cast<uint8_t*>(mapping_), view_.size());
}

std::shared_ptr<const FileBytes> FileBytes::from_memory(std::string name,
                                                        std::vector<uint8_t> bytes) {
  return std::shared_ptr<const FileBytes>(new FileBytes(std::move(name), std::move(bytes)));
}

Result<std::shared_ptr<const FileBytes>> FileBytes::open(const std::string& path,
                                                         uint64_t max_bytes) {
  // Opening a device can have effects of its own, so look first.
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return open_error(path, errno);
  if (const char* why = refusal(info.st_mode)) {
    return unusable_error(fmt::format("cannot use {}; {}", path, why));
  }
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return open_error(path, errno);
  if (::fstat(file.get(), &info) != 0) return open_error(path, errno);
  if (const char* why = refusal(info.st_mode)) {
    return unusable_error(fmt::format("cannot use {}; {}", path, why));
  }

  const bool is_regular = S_ISREG(info.st_mode);
  const uint64_t size = is_regular ? static_cast<uint64_t>(info.st_size) : 0;
  if (size > max_bytes) return size_error(path, max_bytes);
  if (size <= kCopyUpTo) {
    auto bytes = read_all(file.get(), path, size, max_bytes);
    if (!bytes) return bytes.error();
    return from_memory(path, std::move(*bytes));
  }
  void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapping == MAP_FAILED) return read_error(path, errno);
  return std::shared_ptr<const FileBytes>(
      new FileBytes(path, static_cast<const uint8_t*>(mapping), size));
}

}  // namespace rvx
