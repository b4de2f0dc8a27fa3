// The file of names in perf's format: start and size in hexadecimal digits, then the name to the line's end.
#include "jit/perf_map.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace rvx::jit {

std::string PerfMap::path() { return fmt::format("/tmp/perf-{}.map", ::getpid()); }

PerfMap::~PerfMap() {
  if (file_ != nullptr) std::fclose(file_);
}

bool PerfMap::open() noexcept {
  // A reset of the guest makes a new translator in the same process, for the same profile.
  static bool has_begun = false;
  const int begin = has_begun ? 0 : O_TRUNC;
  const int fd = ::open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | begin, 0644);
  if (fd < 0) return false;
  has_begun = true;
  file_ = ::fdopen(fd, "a");
  // Each hart's translator has the file open: a line is written in one piece, at its end.
  return file_ != nullptr && std::setvbuf(file_, nullptr, _IOLBF, BUFSIZ) == 0;
}

void PerfMap::add(uint64_t address, size_t bytes, std::string_view name) noexcept {
  if (file_ == nullptr || bytes == 0) return;
  std::fprintf(file_, "%llx %zx %.*s\n", static_cast<unsigned long long>(address), bytes, static_cast<int>(name.size()), name.data());
}

}  // namespace rvx::jit
