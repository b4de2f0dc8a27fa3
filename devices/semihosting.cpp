// RISC-V semihosting: one table of operations, one function for each.
#include "devices/semihosting.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace rvx {
namespace {

constexpr uint64_t kMinusOne = ~uint64_t{0};
constexpr uint64_t kApplicationExit = 0x20026;  // ADP_Stopped_ApplicationExit
constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kNsPerCentisecond = kNsPerSecond / 100;
constexpr size_t kChunk = 4096;  // bytes moved at a time, never across a guest page
constexpr size_t kMaxString = 1 << 20;
// Virtual memory can repeat one page for ever: what is beyond counts as not transferred.
constexpr uint64_t kMaxTransfer = 1 << 28;

// fopen modes r, rb, r+, r+b, w, wb, w+, w+b, a, ab, a+, a+b.
constexpr int kOpenFlags[12] = {
    O_RDONLY,
    O_RDONLY,
    O_RDWR,
    O_RDWR,
    O_WRONLY | O_CREAT | O_TRUNC,
    O_WRONLY | O_CREAT | O_TRUNC,
    O_RDWR | O_CREAT | O_TRUNC,
    O_RDWR | O_CREAT | O_TRUNC,
    O_WRONLY | O_CREAT | O_APPEND,
    O_WRONLY | O_CREAT | O_APPEND,
    O_RDWR | O_CREAT | O_APPEND,
    O_RDWR | O_CREAT | O_APPEND,
};

// The file ":semihosting-features": magic, then EXIT_EXTENDED and separate stdout and stderr.
constexpr uint8_t kFeatureFile[] = {'S', 'H', 'F', 'B', 0x03};

size_t chunk_at(uint64_t address, uint64_t left) noexcept {
  return static_cast<size_t>(std::min<uint64_t>(left, kChunk - address % kChunk));
}

}  // namespace

struct Semihosting::Operation {
  uint64_t number;
  unsigned words;  // read from the parameter block before the call
  Result (Semihosting::*run)(const Request&, const Words&);
};

const Semihosting::Operation Semihosting::kOperations[] = {
    {0x01, 3, &Semihosting::open},
    {0x02, 1, &Semihosting::close},
    {0x03, 0, &Semihosting::write_character},
    {0x04, 0, &Semihosting::write_string},
    {0x05, 3, &Semihosting::write},
    {0x06, 3, &Semihosting::read},
    {0x07, 0, &Semihosting::read_character},
    {0x08, 1, &Semihosting::is_error},
    {0x09, 1, &Semihosting::is_terminal},
    {0x0a, 2, &Semihosting::seek},
    {0x0c, 1, &Semihosting::file_length},
    {0x0e, 2, &Semihosting::remove},
    {0x0f, 4, &Semihosting::rename},
    {0x10, 0, &Semihosting::clock},
    {0x11, 0, &Semihosting::time},
    {0x13, 0, &Semihosting::last_error},
    {0x15, 2, &Semihosting::command_line},
    {0x16, 1, &Semihosting::heap_info},
    {0x18, 0, &Semihosting::exit},
    {0x20, 2, &Semihosting::exit_extended},
    {0x30, 0, &Semihosting::elapsed},
    {0x31, 0, &Semihosting::tick_frequency},
};

Semihosting::Semihosting(CharSink& console, const Clock& clock, SemihostingOptions options)
    : console_(console),
      clock_(clock),
      options_(std::move(options)),
      errors_(options_.errors != nullptr ? *options_.errors : console),
      root_(options_.root) {
  fds_.fill(-1);
}

Semihosting::~Semihosting() {
  for (int fd : fds_) {
    if (fd >= 0) ::close(fd);
  }
}

Semihosting::Result Semihosting::call(uint64_t operation, uint64_t parameter, unsigned xlen,
                                      Memory& memory) noexcept {
  operation &= 0xffff'ffff;
  if (xlen == 32) parameter &= 0xffff'ffff;
  const Request request{memory, parameter, xlen / 8};
  for (const Operation& known : kOperations) {
    if (known.number != operation) continue;
    Words words{};
    if (!request.words(words, known.words)) return fail(EFAULT);
    return (this->*known.run)(request, words);
  }
  return fail(ENOSYS);
}

// --- Parameters ---------------------------------------------------------------------------------

bool Semihosting::Request::word(unsigned index, uint64_t& value) const noexcept {
  value = 0;
  return memory.read(parameter + uint64_t{index} * word_bytes, &value, word_bytes);
}

bool Semihosting::Request::set_word(uint64_t address, uint64_t value) const noexcept {
  return memory.write(address, &value, word_bytes);
}

bool Semihosting::Request::words(Words& values, unsigned count) const noexcept {
  for (unsigned i = 0; i < count; ++i) {
    if (!word(i, values[i])) return false;
  }
  return true;
}

Semihosting::Result Semihosting::fail(int error) noexcept {
  errno_ = error;
  return {kMinusOne};
}

bool Semihosting::read_path(const Request& request, uint64_t address, uint64_t length,
                            std::string& path) noexcept {
  if (length >= PATH_MAX) return false;
  path.assign(length, '\0');
  if (!request.memory.read(address, path.data(), length)) return false;
  path.resize(std::strlen(path.c_str()));
  return true;
}

// --- Handles ------------------------------------------------------------------------------------

Semihosting::Kind Semihosting::kind_of(uint64_t handle) const noexcept {
  return handle >= 1 && handle <= kMaxHandles ? static_cast<Kind>(kinds_[handle - 1]) : kFree;
}

int64_t Semihosting::new_handle(Kind kind, int fd) noexcept {
  for (size_t i = 0; i < kMaxHandles; ++i) {
    if (kinds_[i] != kFree) continue;
    kinds_[i] = kind;
    feature_positions_[i] = 0;
    fds_[i] = fd;
    return static_cast<int64_t>(i + 1);
  }
  return -EMFILE;
}

Semihosting::Result Semihosting::open(const Request& request, const Words& words) {
  const uint64_t mode = words[1];
  std::string path;
  if (mode >= std::size(kOpenFlags)) return fail(EINVAL);
  if (!read_path(request, words[0], words[2], path)) return fail(EFAULT);
  Kind kind = kFile;
  int fd = -1;
  if (path == ":tt") {
    kind = mode < 4 ? kInput : mode < 8 ? kOutput : kErrors;
  } else if (path == ":semihosting-features") {
    if (mode > 1) return fail(EACCES);
    kind = kFeatures;
  } else {
    fd = root_.open(path, kOpenFlags[mode], 0644);
    if (fd < 0) return fail(-fd);
  }
  const int64_t handle = new_handle(kind, fd);
  if (handle > 0) return {static_cast<uint64_t>(handle)};
  if (fd >= 0) ::close(fd);
  return fail(static_cast<int>(-handle));
}

Semihosting::Result Semihosting::close(const Request&, const Words& words) {
  if (kind_of(words[0]) == kFree) return fail(EBADF);
  const size_t index = words[0] - 1;
  if (fds_[index] >= 0) ::close(std::exchange(fds_[index], -1));
  kinds_[index] = kFree;
  return {0};
}

Semihosting::Result Semihosting::is_error(const Request& request, const Words& words) {
  return {words[0] >> (request.word_bytes * 8 - 1) & 1};
}

Semihosting::Result Semihosting::is_terminal(const Request&, const Words& words) {
  switch (kind_of(words[0])) {
    case kFree: return fail(EBADF);
    case kInput:
    case kOutput:
    case kErrors: return {1};
    default: return {0};
  }
}

Semihosting::Result Semihosting::seek(const Request&, const Words& words) {
  switch (kind_of(words[0])) {
    case kFree: return fail(EBADF);
    case kFeatures:
      if (words[1] > sizeof kFeatureFile) return fail(EINVAL);
      feature_positions_[words[0] - 1] = static_cast<uint8_t>(words[1]);
      return {0};
    case kFile:
      if (::lseek(fds_[words[0] - 1], static_cast<off_t>(words[1]), SEEK_SET) < 0)
        return fail(errno);
      return {0};
    default: return fail(ESPIPE);
  }
}

Semihosting::Result Semihosting::file_length(const Request&, const Words& words) {
  switch (kind_of(words[0])) {
    case kFree: return fail(EBADF);
    case kFeatures: return {sizeof kFeatureFile};
    case kFile: {
      struct stat status {};
      if (::fstat(fds_[words[0] - 1], &status) < 0) return fail(errno);
      return {static_cast<uint64_t>(status.st_size)};
    }
    default: return {0};
  }
}

Semihosting::Result Semihosting::remove(const Request& request, const Words& words) {
  std::string path;
  if (!read_path(request, words[0], words[1], path)) return fail(EFAULT);
  const int status = root_.remove(path, false);
  return status < 0 ? fail(-status) : Result{0};
}

Semihosting::Result Semihosting::rename(const Request& request, const Words& words) {
  std::string from, to;
  if (!read_path(request, words[0], words[1], from)) return fail(EFAULT);
  if (!read_path(request, words[2], words[3], to)) return fail(EFAULT);
  const int status = root_.rename(from, to);
  return status < 0 ? fail(-status) : Result{0};
}

// --- Bytes out ----------------------------------------------------------------------------------

Semihosting::Result Semihosting::write_character(const Request& request, const Words&) {
  uint8_t byte = 0;
  if (!request.memory.read(request.parameter, &byte, 1)) return fail(EFAULT);
  console_.put(&byte, 1);
  return {0};
}

// A string up to its NUL, to the end of what can be read, or to kMaxString.
Semihosting::Result Semihosting::write_string(const Request& request, const Words&) {
  constexpr size_t kPiece = 64;
  uint8_t bytes[kPiece];
  uint64_t address = request.parameter;
  for (size_t done = 0; done < kMaxString;) {
    const size_t count = std::min<uint64_t>(kPiece, kChunk - address % kChunk);
    // Near the end of accessible memory a piece may fail where its first bytes would not.
    const bool whole = request.memory.read(address, bytes, count);
    const size_t got = whole ? count : 1;
    if (!whole && !request.memory.read(address, bytes, 1)) return fail(EFAULT);
    const auto* end = static_cast<const uint8_t*>(std::memchr(bytes, 0, got));
    const size_t length = end != nullptr ? static_cast<size_t>(end - bytes) : got;
    if (length > 0) console_.put(bytes, length);
    if (end != nullptr) return {0};
    address += got;
    done += got;
  }
  return {0};
}

size_t Semihosting::write_some(uint64_t handle, const uint8_t* bytes, size_t count) noexcept {
  switch (kind_of(handle)) {
    case kOutput: console_.put(bytes, count); return count;
    case kErrors: errors_.put(bytes, count); return count;
    case kFile: {
      const ssize_t written = ::write(fds_[handle - 1], bytes, count);
      if (written < 0) errno_ = errno;
      return written < 0 ? 0 : static_cast<size_t>(written);
    }
    default: errno_ = EBADF; return 0;
  }
}

// Returns the number of bytes that were not written.
Semihosting::Result Semihosting::write(const Request& request, const Words& words) {
  uint64_t address = words[1];
  uint64_t left = std::min(words[2], kMaxTransfer);
  const uint64_t beyond = words[2] - left;
  uint8_t bytes[kChunk];
  while (left > 0) {
    const size_t count = chunk_at(address, left);
    if (!request.memory.read(address, bytes, count)) {
      errno_ = EFAULT;
      break;
    }
    const size_t written = write_some(words[0], bytes, count);
    address += written;
    left -= written;
    if (written < count) break;
  }
  return {left + beyond};
}

// --- Bytes in -----------------------------------------------------------------------------------

size_t Semihosting::take_input(uint8_t* bytes, size_t count) noexcept {
  const bool was_full = input_.room() == 0;
  count = input_.pop(bytes, count);
  if (was_full && count > 0 && on_room) on_room();
  return count;
}

size_t Semihosting::read_some(uint64_t handle, uint8_t* bytes, size_t count) noexcept {
  switch (kind_of(handle)) {
    case kInput: return take_input(bytes, count);
    case kFeatures: {
      uint8_t& position = feature_positions_[handle - 1];
      count = std::min(count, sizeof kFeatureFile - position);
      std::memcpy(bytes, kFeatureFile + position, count);
      position = static_cast<uint8_t>(position + count);
      return count;
    }
    case kFile: {
      const ssize_t got = ::read(fds_[handle - 1], bytes, count);
      if (got < 0) errno_ = errno;
      return got < 0 ? 0 : static_cast<size_t>(got);
    }
    default: errno_ = EBADF; return 0;
  }
}

// Returns the number of bytes that were not read. The console gives what it has, at least one byte.
Semihosting::Result Semihosting::read(const Request& request, const Words& words) {
  uint64_t address = words[1];
  uint64_t left = std::min(words[2], kMaxTransfer);
  const uint64_t beyond = words[2] - left;
  if (kind_of(words[0]) == kInput && left > 0 && input_.is_empty() && !input_.has_ended()) {
    return {.waits = true};
  }
  uint8_t bytes[kChunk];
  while (left > 0) {
    const size_t count = chunk_at(address, left);
    const size_t got = read_some(words[0], bytes, count);
    if (got > 0 && !request.memory.write(address, bytes, got)) {
      errno_ = EFAULT;
      break;
    }
    address += got;
    left -= got;
    if (got < count) break;
  }
  return {left + beyond};
}

Semihosting::Result Semihosting::read_character(const Request&, const Words&) {
  uint8_t byte = 0;
  if (take_input(&byte, 1) == 1) return {byte};
  if (!input_.has_ended()) return {.waits = true};
  return {kMinusOne};
}

// --- Time and environment -----------------------------------------------------------------------

Semihosting::Result Semihosting::clock(const Request&, const Words&) {
  return {clock_.now_ns() / kNsPerCentisecond};
}

Semihosting::Result Semihosting::time(const Request&, const Words&) {
  return {clock_.epoch_seconds() + clock_.now_ns() / kNsPerSecond};
}

// The tick count is 64 bits at either width.
Semihosting::Result Semihosting::elapsed(const Request& request, const Words&) {
  const uint64_t ticks = clock_.now_ns();
  return request.memory.write(request.parameter, &ticks, sizeof ticks) ? Result{0} : fail(EFAULT);
}

Semihosting::Result Semihosting::tick_frequency(const Request&, const Words&) {
  return {kNsPerSecond};
}

Semihosting::Result Semihosting::last_error(const Request&, const Words&) {
  return {static_cast<uint64_t>(errno_)};
}

Semihosting::Result Semihosting::command_line(const Request& request, const Words& words) {
  const std::string& line = options_.command_line;
  if (words[1] < line.size() + 1) return fail(E2BIG);
  if (!request.memory.write(words[0], line.c_str(), line.size() + 1) ||
      !request.set_word(request.parameter + request.word_bytes, line.size())) {
    return fail(EFAULT);
  }
  return {0};
}

Semihosting::Result Semihosting::heap_info(const Request& request, const Words& words) {
  const uint64_t values[] = {options_.heap_base, options_.heap_limit, options_.stack_base,
                             options_.stack_limit};
  uint64_t address = words[0];
  for (uint64_t value : values) {
    if (!request.set_word(address, value)) return fail(EFAULT);
    address += request.word_bytes;
  }
  return {0};
}

// With 64 bits the parameter is a block {reason, code}, with 32 bits it is the reason itself.
Semihosting::Result Semihosting::exit(const Request& request, const Words&) {
  Words words{request.parameter, 0};
  if (request.word_bytes == 8 && !request.words(words, 2)) return fail(EFAULT);
  return exit_extended(request, words);
}

Semihosting::Result Semihosting::exit_extended(const Request&, const Words& words) {
  return {.exit = true, .code = words[0] == kApplicationExit ? words[1] : 1};
}

bool Semihosting::restored() noexcept {
  bool plausible = input_.restored();
  for (size_t i = 0; i < kMaxHandles; ++i) {
    if (fds_[i] >= 0) ::close(std::exchange(fds_[i], -1));
    plausible = plausible && kinds_[i] <= kFile && feature_positions_[i] <= sizeof kFeatureFile;
    if (kinds_[i] >= kFile) kinds_[i] = kFree;
    feature_positions_[i] = std::min<uint8_t>(feature_positions_[i], sizeof kFeatureFile);
  }
  return plausible;
}

}  // namespace rvx
