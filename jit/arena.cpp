// The memory of generated code.
#include "jit/arena.hpp"

#include <sys/mman.h>

#include <new>

namespace rvx::jit {

Arena::Arena(size_t bytes) : size_(bytes) {
  // Shared memory without a name, which perf knows as code of a JIT (a memfd would be a file to it). A
  // remapping of no bytes of it is a second mapping.
  void* data = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  void* code = mremap(data, 0, size_, MREMAP_MAYMOVE);
  if (code == MAP_FAILED || mprotect(code, size_, PROT_READ | PROT_EXEC) != 0) throw std::bad_alloc();
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
