// Putting bytes and zeroes into guest RAM.
#include "machine/ram_fill.hpp"

#include <fcntl.h>
#include <cstring>

#include "machine/byte_size.hpp"

namespace rvx {
namespace {

constexpr uint64_t kHostPage = 4096;
// From this size on a call into the kernel costs less than writing zeroes.
constexpr uint64_t kPunchFrom = 256 * kKiB;

}  // namespace

void copy_to_ram(Ram& ram, uint64_t address, std::span<const uint8_t> bytes) {
  if (!bytes.empty()) std::memcpy(ram.at(address), bytes.data(), bytes.size());
}

void zero_ram(Ram& ram, PhysRange range) {
  if (range.is_empty()) return;
  const uint64_t first = align_up(range.base - ram.base(), kHostPage);
  const uint64_t last = align_down(range.end() - ram.base(), kHostPage);
  if (range.size >= kPunchFrom && first < last &&
      ::fallocate(ram.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(first),
                  static_cast<off_t>(last - first)) == 0) {
    std::memset(ram.at(range.base), 0, ram.base() + first - range.base);
    std::memset(ram.host() + last, 0, range.end() - (ram.base() + last));
    return;
  }
  std::memset(ram.at(range.base), 0, range.size);
}

}  // namespace rvx
