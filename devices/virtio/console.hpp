// virtio-console: one port without the multiport protocol, which Linux shows as hvc0.
//
// Implements "Console Device" of VIRTIO 1.2 with console size and emergency write.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "devices/device.hpp"
#include "devices/virtio/virtio_device.hpp"

namespace rvx {

class VirtioConsole final : public VirtioDevice, public CharReceiver {
 public:
  VirtioConsole(DmaPort& dma, CharSink& output);

  // Columns and rows of the terminal behind the console; 80 x 25 until told.
  void resize(uint16_t columns, uint16_t rows) noexcept;

  [[nodiscard]] size_t room() const noexcept override;
  void receive(const uint8_t* bytes, size_t count) noexcept override;

  [[nodiscard]] std::span<const uint8_t> config() const noexcept override { return config_; }
  void write_config(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  template <class V>
  void visit_state(V& v) {
    VirtioDevice::visit_state(v);
    v("config", config_);
    v("input", input_);
  }
  [[nodiscard]] bool restored() noexcept override;

 protected:
  [[nodiscard]] uint64_t type_features() const noexcept override;
  void process(unsigned queue) noexcept override;

 private:
  void deliver_input() noexcept;
  void take_output() noexcept;
  void store_size(uint16_t columns, uint16_t rows) noexcept;

  CharSink& output_;
  std::array<uint8_t, 12> config_{};
  std::vector<uint8_t> input_;  // typed and not yet taken by the guest; bounded
  Chain chain_;                 // scratch, kept for its memory
};

}  // namespace rvx
