// One host directory tree that a guest may use, and no way out of it.
#pragma once

#include <cstddef>
#include <string>

namespace rvx {

// A host file descriptor that is closed at the end of its scope. Negative values are errors, kept.
class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Guest paths are resolved by the kernel with this directory as their root (openat2 with
// RESOLVE_IN_ROOT): "/", ".." and symbolic links cannot leave it, also while the tree changes. Only
// regular files and directories can be opened; a device or FIFO inside is refused.
//
// Functions return a host file descriptor or 0, and a negative errno on failure.
class RootDirectory {
 public:
  // An empty path gives no access to any file.
  explicit RootDirectory(const std::string& host_path);
  ~RootDirectory();
  RootDirectory(const RootDirectory&) = delete;
  RootDirectory& operator=(const RootDirectory&) = delete;

  // Why the directory could not be opened; empty when it could or none was asked for.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

  // `flags` as for open(2); those that could do more than read, write and create files are dropped.
  [[nodiscard]] int open(const std::string& path, int flags, unsigned mode) const noexcept;
  // A descriptor that only names the file, of any kind, for fstat and the like.
  [[nodiscard]] int open_name(const std::string& path, bool follow_last_link) const noexcept;

  [[nodiscard]] int remove(const std::string& path, bool directory) const noexcept;
  [[nodiscard]] int rename(const std::string& from, const std::string& to) const noexcept;
  [[nodiscard]] int link(const std::string& from, const std::string& to) const noexcept;
  [[nodiscard]] int make_directory(const std::string& path, unsigned mode) const noexcept;
  // Returns the length of the target put into `target`, which gets no NUL.
  [[nodiscard]] long read_link(const std::string& path, char* target, size_t size) const noexcept;

 private:
  [[nodiscard]] int resolve(const std::string& path, int flags, unsigned mode) const noexcept;

  int fd_ = -1;
  std::string error_;
};

}  // namespace rvx
