// The memory of generated code.
#include "jit/arena.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace rvx::jit {

Arena::Arena(size_t bytes) : size_(bytes) {
  const int fd = memfd_create("rvx-code", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(size_)) != 0) throw std::bad_alloc();
  void* data = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  void* code = mmap(nullptr, size_, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  close(fd);
  if (data == MAP_FAILED || code == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(data);
  code_ = static_cast<uint8_t*>(code);
}

Arena::~Arena() {
  munmap(data_, size_);
  munmap(code_, size_);
}

size_t Arena::take(size_t bytes) noexcept {
  const size_t at = next();
  used_ = at + bytes;
  return at;
}

}  // namespace rvx::jit
