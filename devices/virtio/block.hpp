// virtio-blk: a disk, with requests done at once or at a virtual deadline.
//
// Implements "Block Device" of VIRTIO 1.2 with one queue: read, write, flush, identify, discard and
// write zeroes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "devices/device.hpp"
#include "devices/virtio/disk.hpp"
#include "devices/virtio/virtio_device.hpp"

namespace rvx {

class VirtioBlock final : public VirtioDevice {
 public:
  struct Options {
    // Machine time from notification to completion. With 0 a request is done before the store that
    // notifies of it returns.
    uint64_t latency_ns = 0;
    // What the guest sees as the disk's serial number; only the first 20 bytes count.
    std::string_view id = "rvx";
  };

  // `clock` is used only with a latency, and may be destroyed before or after the device.
  VirtioBlock(DmaPort& dma, Clock& clock, std::unique_ptr<Disk> disk, Options options);

  [[nodiscard]] std::span<const uint8_t> config() const noexcept override { return config_; }
  [[nodiscard]] Disk& disk() noexcept { return *disk_; }

  // Requests in flight are part of the state; their data is not, as it is read when they complete.
  template <class V>
  void visit_state(V& v) {
    VirtioDevice::visit_state(v);
    v("waiting_heads", waiting_heads_);
    v("waiting_deadlines", waiting_deadlines_);
  }
  [[nodiscard]] bool restored() noexcept override;

 protected:
  [[nodiscard]] uint64_t type_features() const noexcept override;
  void process(unsigned queue) noexcept override;
  void drop_requests(unsigned queue) noexcept override;

 private:
  struct Outcome {
    uint8_t status;
    uint64_t data_written = 0;  // bytes at the front of the writable part
  };

  void build_config() noexcept;
  void arm();
  void complete_due() noexcept;
  void perform(const Chain& chain) noexcept;
  [[nodiscard]] Outcome execute(uint32_t type, uint64_t sector, const Chain& chain,
                                ChainReader& data) noexcept;
  [[nodiscard]] Outcome read_sectors(uint64_t sector, const Chain& chain) noexcept;
  [[nodiscard]] Outcome write_sectors(uint64_t sector, ChainReader& data) noexcept;
  [[nodiscard]] Outcome identify(const Chain& chain) noexcept;
  [[nodiscard]] Outcome clear_ranges(bool discard, ChainReader& data) noexcept;
  [[nodiscard]] bool is_on_disk(uint64_t sector, uint64_t bytes) const noexcept;
  [[nodiscard]] bool make_stable() noexcept;

  Clock& clock_;
  std::unique_ptr<Disk> disk_;
  uint64_t latency_ns_;
  std::array<char, 20> id_{};
  std::array<uint8_t, 60> config_{};
  Chain chain_;  // scratch, kept for its memory

  // With a latency: chains popped and not yet done, oldest first.
  std::vector<uint16_t> waiting_heads_;
  std::vector<uint64_t> waiting_deadlines_;  // machine time in ns
  bool armed_ = false;                       // the clock will call complete_due()
  std::shared_ptr<VirtioBlock*> self_;       // lets the clock's action see that the device is gone
};

}  // namespace rvx
