// Disk images of the host: raw files, and copy-on-write over a file that is never touched.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rvx {

inline constexpr uint64_t kSectorBytes = 512;

enum class DiskMode {
  kReadWrite,
  kReadOnly,
  kCopyOnWrite,  // writes last as long as the Disk
};

// Offsets and lengths are in bytes and multiples of kSectorBytes; the caller keeps them within
// size(). Each operation returns false when the host could not do it.
class Disk {
 public:
  struct Extent {
    uint64_t offset;
    uint64_t length;
  };

  virtual ~Disk() = default;
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // Bytes, a multiple of kSectorBytes.
  [[nodiscard]] virtual uint64_t size() const noexcept = 0;
  [[nodiscard]] virtual bool is_read_only() const noexcept = 0;

  [[nodiscard]] virtual bool read(uint64_t offset, std::span<uint8_t> to) noexcept = 0;
  [[nodiscard]] virtual bool write(uint64_t offset, std::span<const uint8_t> from) noexcept = 0;

  // Make [offset, offset + length) read as zeros. With `deallocate` the host's space may be given
  // back.
  [[nodiscard]] virtual bool write_zeros(uint64_t offset, uint64_t length,
                                         bool deallocate) noexcept = 0;

  // The guest no longer needs this range; what it reads as afterwards is open.
  [[nodiscard]] virtual bool discard(uint64_t offset, uint64_t length) noexcept = 0;

  // Return when all that was written is on stable storage.
  [[nodiscard]] virtual bool flush() noexcept = 0;

  // What differs from the file, in order of offset: all a snapshot needs besides the file itself.
  // Empty for a disk whose writes went to the file.
  [[nodiscard]] virtual std::vector<Extent> private_extents() const { return {}; }
};

struct DiskOpening {
  std::unique_ptr<Disk> disk;  // nullptr on failure
  std::string error;           // then why, in one phrase, without the path
};

// Open the raw image or block device at `path` and lock it: read-write excludes everyone else, the
// other modes exclude writers. A size that is not a multiple of 512 is rounded up as on QEMU: the
// missing bytes read as zeros, and a write to the last sector makes the file longer.
[[nodiscard]] DiskOpening open_disk(const std::string& path, DiskMode mode);

}  // namespace rvx
