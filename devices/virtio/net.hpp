// virtio-net: Ethernet frames between one pair of queues and a network backend.
//
// Implements "Network Device" of VIRTIO 1.2 with MAC and STATUS; no offloads, one buffer a frame.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "devices/device.hpp"
#include "devices/virtio/net_backend.hpp"
#include "devices/virtio/virtio_device.hpp"

namespace rvx {

using MacAddress = std::array<uint8_t, 6>;

// What QEMU gives its first network device.
inline constexpr MacAddress kDefaultMac = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

class VirtioNet final : public VirtioDevice, public PollSource, public NetReceiver {
 public:
  VirtioNet(DmaPort& dma, std::unique_ptr<NetBackend> backend, MacAddress mac = kDefaultMac);
  ~VirtioNet() override;

  // Plug the cable in or pull it out. Without it frames are dropped both ways.
  void set_link(bool is_up) noexcept;

  void receive_frame(std::span<const uint8_t> frame) noexcept override;

  void prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) override;
  void finish_poll(const pollfd* fds, size_t count) override;

  [[nodiscard]] std::span<const uint8_t> config() const noexcept override { return config_; }
  [[nodiscard]] NetBackend& backend() noexcept { return *backend_; }

  // Frames that the guest had no buffer for, since reset.
  [[nodiscard]] uint64_t dropped_frames() const noexcept { return dropped_frames_; }

  // Frames on their way to the guest are not part of the state: a network may lose them.
  template <class V>
  void visit_state(V& v) {
    VirtioDevice::visit_state(v);
    v("config", config_);
  }

 protected:
  [[nodiscard]] uint64_t type_features() const noexcept override;
  void process(unsigned queue) noexcept override;
  void on_reset() noexcept override;

 private:
  [[nodiscard]] bool is_link_up() const noexcept;
  void deliver_frames() noexcept;
  void take_frames() noexcept;

  std::unique_ptr<NetBackend> backend_;
  std::array<uint8_t, 8> config_{};
  std::deque<std::vector<uint8_t>> backlog_;  // for the guest, oldest first; bounded
  uint64_t dropped_frames_ = 0;
  Chain receive_chain_;  // scratch, kept for their memory
  Chain transmit_chain_;
  std::vector<uint8_t> outgoing_;
};

}  // namespace rvx
