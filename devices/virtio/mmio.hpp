// The virtio-mmio transport: registers through which a driver finds and sets up a device.
//
// Implements "Virtio Over MMIO" of VIRTIO 1.2; the legacy interface (version 1) is not offered.
#pragma once

#include <cstdint>

#include "devices/device.hpp"
#include "devices/virtio/virtio_device.hpp"

namespace rvx {

class VirtioMmio final : public Device, public VirtioTransport {
 public:
  // Bytes of the register block with its configuration space; beyond is an access fault.
  static constexpr uint64_t kSize = 0x200;

  // `device` (not owned) may be nullptr: an empty slot, which reads as device id 0.
  VirtioMmio(VirtioDevice* device, IrqLine irq);

  [[nodiscard]] bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override;
  [[nodiscard]] bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  void used_buffers() noexcept override;
  void configuration_changed() noexcept override;
  void needs_reset(QueueError why) noexcept override;

  // Machine reset.
  void reset() noexcept;

  [[nodiscard]] VirtioDevice* device() const noexcept { return device_; }
  // Why the device last asked for a reset; kNone since the last reset.
  [[nodiscard]] QueueError failure() const noexcept { return failure_; }

  template <class V>
  void visit_state(V& v) {
    v("device_features_sel", device_features_sel_);
    v("driver_features_sel", driver_features_sel_);
    v("driver_features", driver_features_);
    v("high_features_written", high_features_written_);
    v("queue_sel", queue_sel_);
    v("status", status_);
    v("interrupt_status", interrupt_status_);
    v("config_generation", config_generation_);
  }

  // Call after visit_state has loaded, here and at the device. False when the state is not one that
  // a driver could bring about; what is wrong in it has then been switched off.
  [[nodiscard]] bool restored() noexcept;

 private:
  [[nodiscard]] uint32_t read_register(uint64_t offset) noexcept;
  void write_register(uint64_t offset, uint32_t value) noexcept;
  [[nodiscard]] uint64_t read_config(uint64_t offset, unsigned size) const noexcept;

  void write_driver_features(uint32_t value) noexcept;
  void write_status(uint32_t value) noexcept;
  void write_queue_ready(uint32_t value) noexcept;
  [[nodiscard]] bool accepts_features() const noexcept;
  [[nodiscard]] Virtqueue* selected_queue() noexcept;
  void raise(uint32_t cause) noexcept;
  void update_irq() noexcept { irq_.set(interrupt_status_ != 0); }

  VirtioDevice* device_;
  IrqLine irq_;
  QueueError failure_ = QueueError::kNone;
  uint32_t device_features_sel_ = 0;
  uint32_t driver_features_sel_ = 0;
  uint64_t driver_features_ = 0;
  bool high_features_written_ = false;  // bits 32 and up, since reset
  uint32_t queue_sel_ = 0;
  uint32_t status_ = 0;
  uint32_t interrupt_status_ = 0;
  uint32_t config_generation_ = 0;
};

}  // namespace rvx
