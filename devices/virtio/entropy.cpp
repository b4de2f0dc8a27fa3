// virtio-rng: fills buffers from getrandom() or from xoshiro256** seeded through splitmix64.
#include "devices/virtio/entropy.hpp"

#include <sys/random.h>
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace rvx {

namespace {

constexpr uint16_t kQueueSize = 64;

// CHOICE: a request gets no more than this; the device may use less than the whole buffer.
constexpr uint64_t kMaxBytesPerRequest = 65536;

uint64_t splitmix64(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

VirtioEntropy::VirtioEntropy(DmaPort& dma, std::optional<uint64_t> seed)
    : VirtioDevice(kVirtioIdEntropy, dma, {kQueueSize}), is_seeded_(seed.has_value()) {
  uint64_t state = seed.value_or(0);
  for (uint64_t& word : generator_) word = splitmix64(state);
}

uint64_t VirtioEntropy::next() noexcept {
  auto& s = generator_;
  const uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

void VirtioEntropy::fill(std::span<uint8_t> bytes) noexcept {
  while (!bytes.empty()) {
    if (is_seeded_) {
      const uint64_t word = next();
      const size_t count = std::min(bytes.size(), sizeof(word));
      std::memcpy(bytes.data(), &word, count);
      bytes = bytes.subspan(count);
    } else {
      const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
      if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
      if (got < 0 && errno != EINTR) return;  // no kernel that runs this lacks it
    }
  }
}

void VirtioEntropy::process(unsigned queue) noexcept {
  while (pop(queue, chain_)) {
    ChainWriter writer(dma(), chain_);
    uint64_t done = 0;
    while (done < kMaxBytesPerRequest) {
      const auto piece = writer.next(kMaxBytesPerRequest - done);
      if (piece.empty()) break;
      fill(piece);
      done += piece.size();
    }
    push(queue, chain_, done);
  }
  notify_driver(queue);
}

}  // namespace rvx
