// The bytes of a file that the user named, read safely: for the loaders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine/error.hpp"

namespace rvx {

class FileBytes {
 public:
  // The largest file that is taken in: 64 GiB.
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 36;

  // Read a file or a pipe. Fails with one line for a path that is missing (127), or is a directory,
  // a device, unreadable, empty or larger than `max_bytes` (126).
  [[nodiscard]] static Result<std::shared_ptr<const FileBytes>> open(
      const std::string& path, uint64_t max_bytes = kMaxBytes);

  // Bytes that came from elsewhere; `name` stands for them in messages.
  [[nodiscard]] static std::shared_ptr<const FileBytes> from_memory(std::string name,
                                                                    std::vector<uint8_t> bytes);

  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  [[nodiscard]] std::span<const uint8_t> bytes() const noexcept { return view_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  FileBytes(std::string name, std::vector<uint8_t> copy);
  FileBytes(std::string name, const uint8_t* mapping, size_t size);

  std::string name_;
  std::vector<uint8_t> copy_;         // small files and pipes
  const uint8_t* mapping_ = nullptr;  // large files
  std::span<const uint8_t> view_;
};

// The T at `offset`, if all of it lies within the bytes.
template <class T>
[[nodiscard]] std::optional<T> read_at(std::span<const uint8_t> bytes, uint64_t offset) noexcept {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace rvx
