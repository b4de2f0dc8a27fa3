// One host directory tree that a guest may use: resolution by openat2, names relative to a parent.
#include "devices/root_directory.hpp"

#include <cstdint>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rvx {
namespace {

constexpr int kAllowedFlags =
    O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_DIRECTORY | O_NOFOLLOW;

struct SplitPath {
  std::string parent;
  std::string leaf;  // empty for the root; the kernel refuses to change "." and ".."
};

SplitPath split(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return {"/", ""};
  const size_t slash = path.rfind('/', end);
  const size_t start = slash == std::string::npos ? 0 : slash + 1;
  std::string leaf = path.substr(start, end + 1 - start);
  return {start == 0 ? "/" : path.substr(0, start), std::move(leaf)};
}

int result(int status) noexcept { return status < 0 ? -errno : status; }

}  // namespace

RootDirectory::RootDirectory(const std::string& host_path) {
  if (host_path.empty()) return;
  fd_ = ::open(host_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) error_ = std::strerror(errno);
}

RootDirectory::~RootDirectory() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int RootDirectory::resolve(const std::string& path, int flags, unsigned mode) const noexcept {
  if (fd_ < 0) return -EACCES;
  if (path.find('\0') != std::string::npos) return -EINVAL;
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode & 0777 : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed while ".." was being resolved.
  for (int attempt = 0; attempt < 16; ++attempt) {
    const long fd = ::syscall(SYS_openat2, fd_, path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -errno;
  }
  return -EAGAIN;
}

int RootDirectory::open(const std::string& path, int flags, unsigned mode) const noexcept {
  // Without O_NONBLOCK, opening a FIFO would wait for its other end.
  const int fd = resolve(path, (flags & kAllowedFlags) | O_NONBLOCK | O_NOCTTY, mode);
  if (fd < 0) return fd;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return fd;
  ::close(fd);
  return -EACCES;
}

int RootDirectory::open_name(const std::string& path, bool follow_last_link) const noexcept {
  return resolve(path, O_PATH | (follow_last_link ? 0 : O_NOFOLLOW), 0);
}

int RootDirectory::remove(const std::string& path, bool directory) const noexcept {
  const SplitPath at = split(path);
  if (at.leaf.empty()) return -EBUSY;
  const Descriptor parent(resolve(at.parent, O_PATH | O_DIRECTORY, 0));
  if (parent.get() < 0) return parent.get();
  return result(::unlinkat(parent.get(), at.leaf.c_str(), directory ? AT_REMOVEDIR : 0));
}

int RootDirectory::rename(const std::string& from, const std::string& to) const noexcept {
  const SplitPath old_name = split(from), new_name = split(to);
  if (old_name.leaf.empty() || new_name.leaf.empty()) return -EBUSY;
  const Descriptor old_parent(resolve(old_name.parent, O_PATH | O_DIRECTORY, 0));
  if (old_parent.get() < 0) return old_parent.get();
  const Descriptor new_parent(resolve(new_name.parent, O_PATH | O_DIRECTORY, 0));
  if (new_parent.get() < 0) return new_parent.get();
  return result(
      ::renameat(old_parent.get(), old_name.leaf.c_str(), new_parent.get(), new_name.leaf.c_str()));
}

int RootDirectory::link(const std::string& from, const std::string& to) const noexcept {
  const SplitPath old_name = split(from), new_name = split(to);
  if (old_name.leaf.empty() || new_name.leaf.empty()) return -EPERM;
  const Descriptor old_parent(resolve(old_name.parent, O_PATH | O_DIRECTORY, 0));
  if (old_parent.get() < 0) return old_parent.get();
  const Descriptor new_parent(resolve(new_name.parent, O_PATH | O_DIRECTORY, 0));
  if (new_parent.get() < 0) return new_parent.get();
  return result(::linkat(old_parent.get(), old_name.leaf.c_str(), new_parent.get(),
                         new_name.leaf.c_str(), 0));
}

int RootDirectory::make_directory(const std::string& path, unsigned mode) const noexcept {
  const SplitPath at = split(path);
  if (at.leaf.empty()) return -EEXIST;
  const Descriptor parent(resolve(at.parent, O_PATH | O_DIRECTORY, 0));
  if (parent.get() < 0) return parent.get();
  return result(::mkdirat(parent.get(), at.leaf.c_str(), mode & 0777));
}

long RootDirectory::read_link(const std::string& path, char* target, size_t size) const noexcept {
  const Descriptor name(open_name(path, false));
  if (name.get() < 0) return name.get();
  const ssize_t length = ::readlinkat(name.get(), "", target, size);
  if (length < 0) return errno == ENOENT ? -EINVAL : -errno;  // ENOENT: not a symbolic link
  return length;
}

}  // namespace rvx
