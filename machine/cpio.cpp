// Small cpio archives (newc) in memory.
#include "machine/cpio.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace rvx {
namespace {

constexpr unsigned kRegular = 0100000;
constexpr unsigned kDirectory = 0040000;
constexpr unsigned kSymlink = 0120000;
constexpr unsigned kPermissions = 07777;
// The kernel refuses longer names (PATH_MAX).
constexpr size_t kMaxPath = 4095;
constexpr std::string_view kTrailer = "TRAILER!!!";

bool is_clean(std::string_view path) {
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != path.npos) return false;
  for (size_t start = 0; start <= path.size();) {
    const size_t slash = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, slash - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = slash + 1;
  }
  return true;
}

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

Outcome CpioWriter::add_file(std::string_view path, std::span<const uint8_t> contents,
                             unsigned mode) {
  return add(path, kRegular | (mode & kPermissions), contents);
}

Outcome CpioWriter::add_file(std::string_view path, std::string_view contents, unsigned mode) {
  return add_file(path, as_bytes(contents), mode);
}

Outcome CpioWriter::add_directory(std::string_view path, unsigned mode) {
  if (directories_.contains(path)) return std::monostate{};
  auto added = add(path, kDirectory | (mode & kPermissions), {});
  if (added) directories_.emplace(path);
  return added;
}

Outcome CpioWriter::add_symlink(std::string_view path, std::string_view target) {
  return add(path, kSymlink | 0777, as_bytes(target));
}

Outcome CpioWriter::add(std::string_view path, unsigned mode, std::span<const uint8_t> contents) {
  if (!is_clean(path)) {
    return usage_error(
        fmt::format("cannot put \"{}\" into an archive; its path is empty, absolute, too long or "
                    "has a \".\" or "
                    "\"..\" part; give a path such as rvx/command",
                    path));
  }
  if (contents.size() > std::numeric_limits<uint32_t>::max()) {
    return usage_error(fmt::format(
        "cannot put {} into an archive; the format ends at 4 GiB a file; use a disk instead",
        path));
  }
  // The kernel makes no folders on its own.
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    const std::string_view parent = path.substr(0, slash);
    if (directories_.contains(parent)) continue;
    append(parent, kDirectory | 0755, {});
    directories_.emplace(parent);
  }
  append(path, mode, contents);
  return std::monostate{};
}

void CpioWriter::append(std::string_view path, unsigned mode, std::span<const uint8_t> contents) {
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor,
  // namesize, check
  const std::array<uint32_t, 13> fields = {next_inode_++,
                                           mode,
                                           0,
                                           0,
                                           (mode & kDirectory) == kDirectory ? 2u : 1u,
                                           0,
                                           static_cast<uint32_t>(contents.size()),
                                           0,
                                           0,
                                           0,
                                           0,
                                           static_cast<uint32_t>(path.size() + 1),
                                           0};
  std::string header = "070701";
  for (const uint32_t field : fields) header += fmt::format("{:08X}", field);
  header += path;
  header += '\0';
  archive_.insert(archive_.end(), header.begin(), header.end());
  archive_.resize(archive_.size() + cpio_padding(archive_.size()));
  archive_.insert(archive_.end(), contents.begin(), contents.end());
  archive_.resize(archive_.size() + cpio_padding(archive_.size()));
}

std::vector<uint8_t> CpioWriter::finish() {
  next_inode_ = 0;
  append(kTrailer, 0, {});
  std::vector<uint8_t> archive = std::move(archive_);
  archive_.clear();
  directories_.clear();
  next_inode_ = 1;
  return archive;
}

}  // namespace rvx
