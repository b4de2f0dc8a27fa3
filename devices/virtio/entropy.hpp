// virtio-rng: random bytes from the host, or from a seeded generator so that runs can be repeated.
//
// Implements "Entropy Device" of VIRTIO 1.2.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "devices/device.hpp"
#include "devices/virtio/virtio_device.hpp"

namespace rvx {

class VirtioEntropy final : public VirtioDevice {
 public:
  // With a `seed` the bytes are a fixed function of it (not fit for secrets); without one they come
  // from the host's getrandom().
  VirtioEntropy(DmaPort& dma, std::optional<uint64_t> seed);

  template <class V>
  void visit_state(V& v) {
    VirtioDevice::visit_state(v);
    v("generator", generator_);
  }

 protected:
  [[nodiscard]] uint64_t type_features() const noexcept override { return 0; }
  void process(unsigned queue) noexcept override;

 private:
  void fill(std::span<uint8_t> bytes) noexcept;
  [[nodiscard]] uint64_t next() noexcept;

  bool is_seeded_;
  std::array<uint64_t, 4> generator_{};  // xoshiro256**
  Chain chain_;                          // scratch, kept for its memory
};

}  // namespace rvx
