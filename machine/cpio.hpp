// Small cpio archives (newc) in memory, to hand files to a Linux guest's initramfs.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/error.hpp"

namespace rvx {

// Writes the "newc" format of the kernel's buffer-format.rst. Two archives with the same calls are
// equal byte for byte: times are 0 and inode numbers count up.
class CpioWriter {
 public:
  // `path` has no leading "/", no empty, "." or ".." part. Folders on the way are made first
  // (mode 0755). Fails for such paths and for contents that do not fit into the format (4 GiB).
  [[nodiscard]] Outcome add_file(std::string_view path, std::span<const uint8_t> contents,
                                 unsigned mode = 0644);
  [[nodiscard]] Outcome add_file(std::string_view path, std::string_view contents,
                                 unsigned mode = 0644);
  [[nodiscard]] Outcome add_directory(std::string_view path, unsigned mode = 0755);
  [[nodiscard]] Outcome add_symlink(std::string_view path, std::string_view target);

  // The whole archive with its trailer, padded to a multiple of 4 bytes. The writer is empty then.
  [[nodiscard]] std::vector<uint8_t> finish();

 private:
  Outcome add(std::string_view path, unsigned mode, std::span<const uint8_t> contents);
  void append(std::string_view path, unsigned mode, std::span<const uint8_t> contents);

  std::vector<uint8_t> archive_;
  std::set<std::string, std::less<>> directories_;
  uint32_t next_inode_ = 1;
};

// Zero bytes to put after an archive of `size` bytes so that Linux finds another one after it.
[[nodiscard]] constexpr uint64_t cpio_padding(uint64_t size) noexcept { return (4 - size % 4) % 4; }

}  // namespace rvx
