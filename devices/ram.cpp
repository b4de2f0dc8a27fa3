// Guest RAM: reserve, map and release the memfd.
#include "devices/ram.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace rvx {

Ram::Ram(uint64_t base, uint64_t size) : base_(base), size_(size) {
  fd_ = memfd_create("rvx-ram", MFD_CLOEXEC);
  if (fd_ < 0 || ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    error_ = std::strerror(errno);
    return;
  }
  void* mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd_, 0);
  if (mapping == MAP_FAILED) {
    error_ = std::strerror(errno);
    return;
  }
  host_ = static_cast<uint8_t*>(mapping);
}

Ram::~Ram() {
  if (host_ != nullptr) munmap(host_, size_);
  if (fd_ >= 0) close(fd_);
}

}  // namespace rvx
